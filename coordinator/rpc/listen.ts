/** A gRPC server on a port: TLS 1.3 and nothing older, with limits. */
import { setDefaultHighWaterMark } from 'node:stream';
import tls from 'node:tls';
import { Server, ServerCredentials, logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { TransportError, UsageError } from '#shared/errors';
import type { KeyAndCertificate } from '../identity/authority.ts';
import { keepaliveMs, keepaliveTimeoutMs, maxCallsOfConnection, maxMessageBytes } from './limits.ts';

/** A service and its handlers. */
export interface Served {
  readonly definition: ServiceDefinition;
  readonly handlers: UntypedServiceImplementation;
}
/** Where and as whom a server listens. */
export interface Listening {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly own: KeyAndCertificate;
  readonly authorityPem: string;
  /** Whether a peer must bring a certificate of the authority. All or nothing for a port. */
  readonly clientCertificates: boolean;
}

/** A bound server and its port. @throws UsageError (portTaken); TransportError (unavailable). */
export async function listen(
  where: Listening,
  services: readonly Served[],
): Promise<{ readonly server: Server; readonly port: number }> {
  tls.DEFAULT_MIN_VERSION = 'TLSv1.3'; // grpc-js has no option for it
  setLogVerbosity(logVerbosity.NONE); // what it would print, we throw
  setDefaultHighWaterMark(true, 1); // else grpc-js reads 16 messages ahead on every stream, whosever turn it is
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.max_concurrent_streams': maxCallsOfConnection,
    'grpc.keepalive_time_ms': keepaliveMs,
    'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
  });
  for (const { definition, handlers } of services) server.addService(definition, handlers);
  const port = await bind(server, where);
  return { server, port };
}

function bind(server: Server, { host, port, own, authorityPem, clientCertificates }: Listening): Promise<number> {
  const chain = Buffer.from(`${own.certificatePem}\n${authorityPem}\n`); // with the authority: an enrolling site checks it
  const pair = { private_key: Buffer.from(own.keyPem), cert_chain: chain };
  const credentials = ServerCredentials.createSsl(Buffer.from(authorityPem), [pair], clientCertificates);
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(bindError(error, address));
    });
  });
}

function bindError(error: Error, address: string): Error {
  if (error.message.includes('EADDRINUSE')) {
    const message = `${address}: the port is taken; stop what listens there or set another port in coordinator.yaml`;
    return new UsageError('portTaken', message, { cause: error });
  }
  return new TransportError('unavailable', `${address}: cannot listen there (${error.message})`, { cause: error });
}
