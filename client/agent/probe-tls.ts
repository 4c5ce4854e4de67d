/**
 * Why a connection does not come about, in one sentence: grpc-js only says that it does not. Makes one TLS connection of
 * its own, sends nothing on it, and waits for the server's first bytes or its refusal.
 *
 * @module
 */
import tls from 'node:tls';
import { TransportError, VerificationError } from '#shared/errors';
import type { Connection } from './calls.ts';

const patienceMs = 5_000;

/** Nothing when TLS is fine. @throws VerificationError (badCertificate); TransportError (unavailable). */
export async function probeTls(connection: Connection): Promise<void> {
  const { host, port, caCertificatePem, certificatePem, tlsKeyPem } = connection;
  const where = `${host}:${port}`;
  await new Promise<void>((resolve, reject) => {
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
    const end = (error?: Error): void => {
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.once('data', () => {
      end();
    });
    socket.once('timeout', () => {
      end(new TransportError('deadline', `${where} does not answer: check the address and the firewall`));
    });
    socket.once('error', (cause: Error) => {
      end(tlsError(where, cause));
    });
    socket.once('close', () => {
      end(new TransportError('unavailable', `${where} closed the connection: is it the coordinator's port for sites?`));
    });
  });
}

/** Node's own checks of the certificate have codes of their own; an alert is what the other side thinks of ours. */
function tlsError(where: string, cause: Error): Error {
  const code = 'code' in cause ? String(cause.code) : '';
  if (code.includes('ALERT') || code === 'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE')
    return new VerificationError('badCertificate', `${where} does not accept this site's certificate: enrol anew`, {
      cause,
    });
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
