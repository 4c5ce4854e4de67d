/**
 * Stands between a site and the coordinator with the keys of both, as nobody but a test can, and keeps every gRPC
 * message that passes, in clear.
 */
import {
  connect,
  constants,
  createSecureServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { GrpcFrames } from './grpc-frames.ts';

export interface RecordedMessage {
  /** `/consilium.v1.SiteService/Session`. */
  readonly path: string;
  readonly direction: 'up' | 'down';
  readonly bytes: Uint8Array;
}

export interface ProxyOptions {
  /** PEM: what the site must find, hence the coordinator's own. */
  readonly server: { readonly key: string; readonly cert: string };
  /** PEM: what the coordinator must find, hence the site's own. Left out where no certificate is asked for. */
  readonly client?: { readonly key: string; readonly cert: string };
  readonly ca: string;
  /** Of the coordinator, on loopback. */
  readonly upstreamPort: number;
}

export interface RecordingProxy {
  readonly port: number;
  readonly messages: readonly RecordedMessage[];
  close(): Promise<void>;
}

/** A proxy that listens on loopback. */
export async function startRecordingProxy(options: ProxyOptions): Promise<RecordingProxy> {
  const messages: RecordedMessage[] = [];
  const upstream = connect(`https://localhost:${options.upstreamPort}`, { ...options.client, ca: options.ca });
  const server = createSecureServer({
    ...options.server,
    ca: options.ca,
    requestCert: options.client !== undefined,
    rejectUnauthorized: options.client !== undefined,
    minVersion: 'TLSv1.3',
  });
  // A peer that is killed resets its streams: that is the test's doing and ends the pair, nothing more.
  upstream.on('error', () => server.close());
  server.on('sessionError', () => undefined);
  server.on('stream', (down, headers) => {
    forward(down, headers, messages, upstream.request(outgoing(headers), { endStream: false }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port, // listening on TCP
    messages,
    close: async () => {
      upstream.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Upstream = ReturnType<ReturnType<typeof connect>['request']>;

function forward(down: ServerHttp2Stream, headers: IncomingHttpHeaders, log: RecordedMessage[], up: Upstream): void {
  const path = headers[':path'] ?? '';
  const keep = (direction: 'up' | 'down'): GrpcFrames =>
    new GrpcFrames((bytes) => log.push({ path, direction, bytes }));
  const frames = { up: keep('up'), down: keep('down') };
  down.on('data', (chunk: Buffer) => {
    frames.up.push(chunk);
    if (!up.write(chunk)) {
      down.pause();
      up.once('drain', () => down.resume());
    }
  });
  down.on('end', () => up.end());
  up.on('response', (answer) => {
    down.respond(outgoing(answer), { waitForTrailers: true });
  });
  up.on('data', (chunk: Buffer) => {
    frames.down.push(chunk);
    down.write(chunk);
  });
  let trailers: IncomingHttpHeaders = {};
  up.on('trailers', (found: IncomingHttpHeaders) => {
    trailers = found;
  });
  up.on('end', () => down.end());
  down.on('wantTrailers', () => {
    down.sendTrailers(outgoing(trailers));
  });
  up.on('error', () => {
    down.close(constants.NGHTTP2_CANCEL);
  });
  down.on('error', () => {
    up.close(constants.NGHTTP2_CANCEL);
  });
  down.on('close', () => {
    if (!up.closed) up.close(constants.NGHTTP2_CANCEL);
  });
}

/** The headers without Node's own symbol keys. */
function outgoing(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers));
}
