/**
 * The site's calls to the coordinator over mutual TLS 1.3: outbound connections only, bytes that the wire's gate wrote
 * and reads. Everything that leaves goes through `leaves`, which writes it into the ledger first.
 *
 * @module
 */
import tls from 'node:tls';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import type { ClientDuplexStream, ClientWritableStream } from '@grpc/grpc-js';
import type { PlanApproval } from '#shared/governance/types';
import {
  decodeAggregatePiece,
  decodeClosedRounds,
  decodeCoordinatorMessage,
  decodeCurrentPlan,
  decodeEmpty,
  decodeUploadResult,
  decodeUploadStatus,
} from '#shared/wire/decode';
import {
  encodeAggregateRequest,
  encodeApproval,
  encodeGetPlan,
  encodeGetRounds,
  encodePlanRefusal,
  encodeSiteMessage,
  encodeUploadPart,
  encodeUploadStatusRequest,
} from '#shared/wire/encode';
import { decodeSnapshotChunk } from '#shared/wire/decode-keys';
import { encodeSnapshotPart, encodeSnapshotRequest, encodeSnapshotStatusRequest } from '#shared/wire/encode-keys';
import type { SnapshotRecord } from '#shared/secagg/keys/types';
import { siteService } from '#shared/wire/services';
import type { ByteMethod } from '#shared/wire/services';
import type {
  AggregateRequest,
  ClosedRound,
  CurrentPlan,
  FromSite,
  PlanRefusal,
  SnapshotChunk,
  ToSite,
  UploadName,
} from '#shared/wire/types';
import { callError } from './call-error.ts';

/** Where the coordinator is, and how this site shows who it is. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly caCertificatePem: string;
  readonly certificatePem: string;
  /** MUST NOT be logged. */
  readonly tlsKeyPem: Uint8Array;
}

/** Is told of every message before it goes. */
export type Leaving = (kind: string, round: number | null, bytes: number) => void;

/** An open session: what is sent on it, and its end. */
export interface Session {
  /** `round` is for the ledger: most messages name it only in what they sign. What is about keys is of no round. */
  send(message: FromSite, round: number | null): void;
  end(): void;
}

/** What a session brings. `ended` is called once. */
export interface SessionEvents {
  opened(): void;
  received(message: ToSite): void;
  ended(error: Error): void;
}

/** Bulk bytes on their way up: a header and chunks, as they go over the wire, and what the ledger calls them. */
interface Streamed {
  readonly kinds: readonly [header: string, chunk: string];
  readonly round: number;
  readonly header: Uint8Array;
  readonly indices: readonly number[];
  readonly chunk: (index: number) => Uint8Array;
}

const methods = siteService((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
const windowBytes = 8 * 2 ** 20;
const unaryMs = 30_000;
/** How long the coordinator has to end its half of a session. */
const farewellMs = 1_000;

/** A client of the coordinator. Connections are made when they are needed. */
export class Calls {
  readonly #client: Client;
  readonly #leaves: Leaving;
  readonly #underWay = new Set<{ cancel(): void }>();

  constructor(connection: Connection, leaves: Leaving) {
    tls.DEFAULT_MIN_VERSION = 'TLSv1.3'; // grpc-js has no option for it
    const { host, port, caCertificatePem, certificatePem, tlsKeyPem } = connection;
    const secure = credentials.createSsl(
      Buffer.from(caCertificatePem),
      Buffer.from(tlsKeyPem),
      Buffer.from(certificatePem),
    );
    this.#client = new Client(target(host, port), secure, {
      'grpc-node.flow_control_window': windowBytes,
      'grpc.max_receive_message_length': 16 * 2 ** 20,
      'grpc.keepalive_time_ms': 20_000,
      'grpc.keepalive_timeout_ms': 10_000,
      'grpc.initial_reconnect_backoff_ms': 200,
      'grpc.max_reconnect_backoff_ms': 5_000,
      'grpc.enable_retries': 0,
    });
    this.#leaves = leaves;
  }

  async getPlan(): Promise<CurrentPlan | null> {
    return decodeCurrentPlan(await this.#unary(methods.getPlan, 'getPlan', null, encodeGetPlan()));
  }

  /** Closed rounds from this one on, in order. */
  async getRounds(firstRound: number): Promise<readonly ClosedRound[]> {
    return decodeClosedRounds(await this.#unary(methods.getRounds, 'getRounds', null, encodeGetRounds(firstRound)));
  }

  async submitApproval(approval: PlanApproval): Promise<void> {
    decodeEmpty(await this.#unary(methods.submitApproval, 'planApproval', null, encodeApproval(approval)));
  }

  async submitRefusal(refusal: PlanRefusal): Promise<void> {
    decodeEmpty(await this.#unary(methods.submitRefusal, 'planRefusal', null, encodePlanRefusal(refusal)));
  }

  /** Indices of the chunks that the coordinator has. */
  async uploadStatus(name: UploadName): Promise<readonly number[]> {
    const request = encodeUploadStatusRequest(name);
    return decodeUploadStatus(await this.#unary(methods.uploadStatus, 'uploadStatus', name.round, request));
  }

  /** Sends these chunks in one stream; how many of the upload the coordinator has then. */
  async upload(name: UploadName, indices: readonly number[], chunk: (index: number) => Uint8Array): Promise<number> {
    return this.#stream(methods.upload, {
      ...{ kinds: ['uploadHeader', 'maskedInput'], round: name.round, indices },
      header: encodeUploadPart({ kind: 'header', ...name }),
      chunk: (index) => encodeUploadPart({ kind: 'chunk', index, data: chunk(index) }),
    });
  }

  /** Indices of the chunks of a snapshot that the coordinator has. */
  async snapshotStatus(record: SnapshotRecord): Promise<readonly number[]> {
    const request = encodeSnapshotStatusRequest(record);
    return decodeUploadStatus(await this.#unary(methods.snapshotStatus, 'snapshotStatus', record.round, request));
  }

  /** Sends these sealed chunks of a snapshot in one stream; how many of them the coordinator has then. */
  async uploadSnapshot(
    record: SnapshotRecord,
    indices: readonly number[],
    chunk: (index: number) => Uint8Array,
  ): Promise<number> {
    return this.#stream(methods.uploadSnapshot, {
      ...{ kinds: ['snapshotHeader', 'sealedModel'], round: record.round, indices },
      header: encodeSnapshotPart({ kind: 'header', record }),
      chunk: (index) => encodeSnapshotPart({ kind: 'chunk', index, data: chunk(index) }),
    });
  }

  /** The sealed chunks of the snapshot for this site, from one on, as they come. */
  async fetchSnapshot(firstIndex: number, take: (chunk: SnapshotChunk) => void): Promise<void> {
    const request = encodeSnapshotRequest(firstIndex);
    await this.#fetch(methods.fetchSnapshot, 'fetchSnapshot', null, request, (bytes) => {
      take(decodeSnapshotChunk(bytes));
    });
  }

  async #stream(method: ByteMethod, sending: Streamed): Promise<number> {
    const { path, requestSerialize, responseDeserialize } = method;
    return new Promise((resolve, reject) => {
      const stream = this.#client.makeClientStreamRequest<Uint8Array, Uint8Array>(
        path,
        requestSerialize,
        responseDeserialize,
        new Metadata(),
        (error, answer) => {
          this.#underWay.delete(stream);
          if (error !== null) reject(callError(error));
          else resolve(answer === undefined ? 0 : decodeUploadResult(answer));
        },
      );
      this.#underWay.add(stream);
      this.#pour(stream, sending).catch((error: unknown) => {
        stream.cancel();
        reject(error instanceof Error ? error : new Error(String(error)));
      });
    });
  }

  /** The bytes of an aggregate from `offset` on, as they come. */
  async fetchAggregate(request: AggregateRequest, take: (data: Uint8Array) => void): Promise<void> {
    const bytes = encodeAggregateRequest(request);
    await this.#fetch(methods.fetchAggregate, 'fetchAggregate', request.round, bytes, (piece) => {
      take(decodeAggregatePiece(piece).data);
    });
  }

  async #fetch(
    { path, requestSerialize, responseDeserialize }: ByteMethod,
    kind: string,
    round: number | null,
    request: Uint8Array,
    take: (bytes: Uint8Array) => void,
  ): Promise<void> {
    this.#leaves(kind, round, request.length);
    const stream = this.#client.makeServerStreamRequest<Uint8Array, Uint8Array>(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      new Metadata(),
    );
    this.#underWay.add(stream);
    try {
      for await (const bytes of stream) take(bytes as Uint8Array); // what the deserialiser gives
    } catch (error) {
      throw callError(error);
    } finally {
      this.#underWay.delete(stream);
      stream.cancel();
    }
  }

  /** Opens the session through which the coordinator speaks. */
  session(events: SessionEvents): Session {
    const { path, requestSerialize, responseDeserialize } = methods.session;
    const stream = this.#client.makeBidiStreamRequest<Uint8Array, Uint8Array>(
      path,
      requestSerialize,
      responseDeserialize,
      new Metadata(),
    );
    let over = false;
    const end = (error: unknown): void => {
      if (over) return;
      over = true;
      stream.cancel();
      events.ended(callError(error));
    };
    let open = false;
    const begin = (): void => {
      if (over || open) return;
      open = true;
      events.opened();
    };
    stream.on('metadata', begin);
    stream.on('data', (bytes: Uint8Array) => {
      if (over) return;
      begin();
      try {
        events.received(decodeCoordinatorMessage(bytes));
      } catch (error) {
        end(error);
      }
    });
    stream.on('error', end);
    stream.on('end', () => {
      end(undefined);
    });
    return {
      send: (message, round) => {
        this.#say(stream, message, round);
      },
      end: () => {
        stream.end();
        setTimeout(() => {
          stream.cancel();
        }, farewellMs).unref();
      },
    };
  }

  /** Cancels the calls that wait for an answer, which fail with `unavailable`; a session says farewell by itself. */
  hangUp(): void {
    for (const call of this.#underWay) call.cancel();
  }

  close(): void {
    this.hangUp();
    this.#client.close();
  }

  #say(stream: ClientDuplexStream<Uint8Array, Uint8Array>, message: FromSite, round: number | null): void {
    const bytes = encodeSiteMessage(message);
    this.#leaves(message.kind, round, bytes.length);
    stream.write(bytes);
  }

  /** Header, then chunks; waits whenever the transport asks to. */
  async #pour(
    stream: ClientWritableStream<Uint8Array>,
    { kinds: [headerKind, chunkKind], round, header, indices, chunk }: Streamed,
  ): Promise<void> {
    this.#leaves(headerKind, round, header.length);
    stream.write(header);
    for (const index of indices) {
      const part = chunk(index);
      this.#leaves(chunkKind, round, part.length);
      if (!stream.write(part)) await drained(stream);
    }
    stream.end();
  }

  async #unary(method: ByteMethod, kind: string, round: number | null, request: Uint8Array): Promise<Uint8Array> {
    this.#leaves(kind, round, request.length);
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest<Uint8Array, Uint8Array>(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        new Metadata(),
        { deadline: Date.now() + unaryMs },
        (error, answer) => {
          this.#underWay.delete(call);
          if (error !== null) reject(callError(error));
          else resolve(answer ?? new Uint8Array());
        },
      );
      this.#underWay.add(call);
    });
  }
}

/** IPv6 addresses stand in brackets. */
function target(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

async function drained(stream: ClientWritableStream<Uint8Array>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const done = (): void => {
      stream.removeListener('drain', done);
      stream.removeListener('close', closed);
      resolve();
    };
    const closed = (): void => {
      stream.removeListener('drain', done);
      reject(callError(undefined));
    };
    stream.once('drain', done);
    stream.once('close', closed);
  });
}
