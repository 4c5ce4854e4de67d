/** A certificate of a key that nobody uses. @module */
import 'reflect-metadata'; // @peculiar/x509 needs it before it is loaded
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** PEM, with this name. */
export async function selfSignedCertificate(name: string): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    keys,
    name: new x509.Name([{ CN: [name] }]),
    signingAlgorithm: algorithm,
  });
  return certificate.toString('pem');
}
