/** The calls of a site, as bare as they can be: no ledger, no patience. @module */
import tls from 'node:tls';
import { Client, Metadata, credentials } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import type { PlanApproval } from '#shared/governance/types';
import * as decode from '#shared/wire/decode';
import * as encode from '#shared/wire/encode';
import { siteService } from '#shared/wire/services';
import type { ByteMethod } from '#shared/wire/services';
import type {
  AggregateRequest,
  ClosedRound,
  CurrentPlan,
  FromSite,
  PlanRefusal,
  ToSite,
  UploadName,
} from '#shared/wire/types';
import type { EnrolledSite } from './enrolled-site.ts';

const methods = siteService((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));

/** What a session brings. */
export interface SessionEvents {
  readonly opened?: () => void;
  readonly received: (message: ToSite) => void;
  readonly ended: (error: ServiceError | undefined) => void;
}
export interface TestSession {
  send(message: FromSite): void;
  /** Bytes as they are, whatever they say. */
  sendBytes(bytes: Uint8Array): void;
  end(): void;
}

export class SiteCalls {
  readonly #client: Client;

  constructor({
    port,
    authorityPem,
    tlsKeyPem,
    certificatePem,
  }: Pick<EnrolledSite, 'port' | 'authorityPem' | 'tlsKeyPem' | 'certificatePem'>) {
    tls.DEFAULT_MIN_VERSION = 'TLSv1.3'; // grpc-js has no option for it
    const pems = [authorityPem, tlsKeyPem, certificatePem].map((pem) => Buffer.from(pem));
    const [authority, key, certificate] = pems;
    this.#client = new Client(`localhost:${String(port)}`, credentials.createSsl(authority, key, certificate), {
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 200,
      'grpc.enable_retries': 0,
      'grpc.use_local_subchannel_pool': 1, // a connection of its own for every site of this process
    });
  }

  async getPlan(): Promise<CurrentPlan | null> {
    return decode.decodeCurrentPlan(await this.#unary(methods.getPlan, encode.encodeGetPlan()));
  }

  async getRounds(first: number): Promise<readonly ClosedRound[]> {
    return decode.decodeClosedRounds(await this.#unary(methods.getRounds, encode.encodeGetRounds(first)));
  }

  async submitApproval(approval: PlanApproval): Promise<void> {
    decode.decodeEmpty(await this.#unary(methods.submitApproval, encode.encodeApproval(approval)));
  }

  async submitRefusal(refusal: PlanRefusal): Promise<void> {
    decode.decodeEmpty(await this.#unary(methods.submitRefusal, encode.encodePlanRefusal(refusal)));
  }

  async uploadStatus(name: UploadName): Promise<readonly number[]> {
    return decode.decodeUploadStatus(await this.#unary(methods.uploadStatus, encode.encodeUploadStatusRequest(name)));
  }

  /** Fulfilled when the coordinator knows the commitment, which goes another way than the chunks and may come after them. */
  async untilExpected(name: UploadName): Promise<void> {
    const isExpected = (): Promise<boolean> =>
      this.uploadStatus(name).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Error && error.message.includes('[wrongPhase]')) return false;
          throw error;
        },
      );
    while (!(await isExpected()));
  }

  /** Sends these chunks; with `cut` the stream is cancelled after them, when that is fulfilled. */
  async upload(name: UploadName, chunks: ReadonlyMap<number, Uint8Array>, cut?: () => Promise<void>): Promise<number> {
    const { path, requestSerialize, responseDeserialize } = methods.upload;
    const answer = Promise.withResolvers<Uint8Array>();
    answer.promise.catch(() => undefined); // it may come before it is waited for
    const stream = this.#client.makeClientStreamRequest<Uint8Array, Uint8Array>(
      path,
      requestSerialize,
      responseDeserialize,
      new Metadata(),
      (error, bytes) => {
        if (bytes === undefined) answer.reject(error ?? new Error('no answer'));
        else answer.resolve(bytes);
      },
    );
    stream.on('error', () => undefined); // the answer says so
    stream.write(encode.encodeUploadPart({ kind: 'header', ...name }));
    for (const [index, data] of chunks) {
      await written((done) => stream.write(encode.encodeUploadPart({ kind: 'chunk', index, data }), done));
    }
    if (cut === undefined) stream.end();
    else {
      await cut();
      stream.cancel();
    }
    return decode.decodeUploadResult(await answer.promise);
  }

  async fetchAggregate(request: AggregateRequest, take: (data: Uint8Array) => void): Promise<void> {
    const { path, requestSerialize, responseDeserialize } = methods.fetchAggregate;
    const stream = this.#client.makeServerStreamRequest<Uint8Array, Uint8Array>(
      path,
      requestSerialize,
      responseDeserialize,
      encode.encodeAggregateRequest(request),
      new Metadata(),
    );
    for await (const piece of stream) take(decode.decodeAggregatePiece(piece as Uint8Array).data); // what the deserialiser gives
  }

  session({ opened, received, ended }: SessionEvents): TestSession {
    const { path, requestSerialize, responseDeserialize } = methods.session;
    const stream = this.#client.makeBidiStreamRequest<Uint8Array, Uint8Array>(
      path,
      requestSerialize,
      responseDeserialize,
      new Metadata(),
    );
    let over = false;
    const end = (error?: ServiceError): void => {
      if (!over) ended(error);
      over = true;
    };
    stream.on('metadata', () => opened?.());
    stream.on('data', (bytes: Uint8Array) => {
      received(decode.decodeCoordinatorMessage(bytes));
    });
    stream.on('error', end);
    stream.on('end', () => {
      end();
    });
    return {
      send: (message) => {
        stream.write(encode.encodeSiteMessage(message));
      },
      sendBytes: (bytes) => {
        stream.write(bytes);
      },
      end: () => {
        stream.cancel();
      },
    };
  }

  close(): void {
    this.#client.close();
  }

  async #unary({ path, requestSerialize, responseDeserialize }: ByteMethod, request: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest<Uint8Array, Uint8Array>(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        (error, answer) => {
          if (answer === undefined) reject(error ?? new Error('no answer'));
          else resolve(answer);
        },
      );
    });
  }
}

/** Whether it arrived is what the answer says. */
async function written(write: (done: () => void) => unknown): Promise<void> {
  await new Promise<void>((done) => {
    write(() => {
      done();
    });
  });
}
