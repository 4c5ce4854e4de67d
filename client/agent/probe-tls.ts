/**
 * Why a connection does not come about, in one sentence: grpc-js only says that it does not. Makes a TLS connection of
 * its own, sends nothing on it, and waits for the server's first bytes or its refusal.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { TransportError, VerificationError } from '#shared/errors';
import type { Connection } from './calls.ts';

const patienceMs = 5_000;
/** A server that was just stopped is gone after this; one that refuses us still refuses. */
const againMs = 500;

/**
 * Nothing when TLS is fine.
 *
 * @throws VerificationError (badCertificate); TransportError (unavailable, deadline), also at once when `signal` aborts
 */
export async function probeTls(connection: Connection, signal?: AbortSignal): Promise<void> {
  if ((await probe(connection, signal)) === 'answered') return;
  await sleep(againMs);
  if ((await probe(connection, signal)) === 'answered') return;
  throw new VerificationError(
    'badCertificate',
    `${connection.host}:${connection.port} hangs up on this site's certificate: it is of another consortium, or expired; enrol anew`,
  );
}

/** With TLS 1.3 the handshake is over for us before the server has seen our certificate: then it may just hang up. */
async function probe(connection: Connection, signal?: AbortSignal): Promise<'answered' | 'hungUp'> {
  const { host, port, caCertificatePem, certificatePem, tlsKeyPem } = connection;
  const where = `${host}:${port}`;
  return new Promise((resolve, reject) => {
    let isSecure = false;
    const socket = tls.connect({
      host,
      port,
      ca: caCertificatePem,
      cert: certificatePem,
      key: Buffer.from(tlsKeyPem),
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['h2'],
      timeout: patienceMs,
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    });
    const end = (outcome: 'answered' | 'hungUp' | Error): void => {
      signal?.removeEventListener('abort', stop);
      socket.destroy();
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    const stop = (): void => {
      end(new TransportError('unavailable', `${where} was not waited for`));
    };
    signal?.addEventListener('abort', stop);
    if (signal?.aborted === true) stop();
    socket.once('secureConnect', () => {
      isSecure = true;
    });
    socket.once('data', () => {
      end('answered');
    });
    socket.once('timeout', () => {
      end(new TransportError('deadline', `${where} does not answer: check the address and the firewall`));
    });
    socket.once('error', (cause: Error) => {
      end(tlsError(where, cause, isSecure));
    });
    socket.once('close', () => {
      end(
        isSecure
          ? 'hungUp'
          : new TransportError('unavailable', `${where} closed the connection: is it the right port?`),
      );
    });
  });
}

/** Node's own checks of the certificate have codes of their own; an alert is what the other side thinks of ours. */
function tlsError(where: string, cause: Error, isSecure: boolean): Error | 'hungUp' {
  const code = 'code' in cause ? String(cause.code) : '';
  if (code.includes('ALERT') || (isSecure && code === 'ECONNRESET')) return 'hungUp';
  if (/CERT|SIGNATURE|ISSUER|ALTNAME/.test(code))
    return new VerificationError(
      'badCertificate',
      `${where} shows a certificate that is not this consortium's (${code}): check the address`,
      { cause },
    );
  return new TransportError('unavailable', `${where} cannot be reached (${code}): check the address and the network`, {
    cause,
  });
}
