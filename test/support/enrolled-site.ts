/** A site that enrols for a test: keys made here, a real request, the real service. @module */
import 'reflect-metadata'; // @peculiar/x509 needs it before it is loaded
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { Client, credentials } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { nodeCrypto } from '#shared/crypto/node';
import type { SiteId } from '#shared/util/ids';
import { decodeEnrolResponse, encodeEnrolRequest, enrolmentStatement, parseToken } from '#shared/wire/enrolment';
import { enrolmentService } from '#shared/wire/services';
import type { EnrolRequest, EnrolResponse } from '#shared/wire/types';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const service = enrolmentService((bytes) => Buffer.from(bytes));

/** A site's keys before anybody knows them. */
export interface SiteSecrets {
  readonly site: SiteId;
  readonly identitySeed: Uint8Array;
  readonly sealingPrivateKey: Uint8Array;
  readonly tlsKeyPem: string;
  /** PKCS #10, DER. */
  readonly certificateRequest: Uint8Array;
}

/** Everything that a site needs to connect. */
export interface EnrolledSite extends SiteSecrets {
  readonly certificatePem: string;
  readonly authorityPem: string;
  readonly coordinatorKey: Uint8Array;
  readonly port: number;
}

/** New keys; `name` is what the request calls its holder. */
export async function siteSecrets(site: SiteId, name: string = site): Promise<SiteSecrets> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const subject = new x509.Name([{ CN: [name] }]);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subject,
    keys,
    signingAlgorithm: algorithm,
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    site,
    identitySeed: new Uint8Array(randomBytes(32)),
    sealingPrivateKey: new Uint8Array(randomBytes(32)),
    tlsKeyPem: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
    certificateRequest: new Uint8Array(request.rawData),
  };
}

/** The request of these keys with this token. */
export function enrolRequest(secrets: SiteSecrets, token: string): EnrolRequest {
  const { site, identitySeed, sealingPrivateKey, certificateRequest } = secrets;
  const identityKey = nodeCrypto.ed25519PublicKey(identitySeed);
  const sealingKey = nodeCrypto.x25519PublicKey(sealingPrivateKey);
  const asked = { site, identityKey, sealingKey, certificateRequest };
  const possession = nodeCrypto.sign(identitySeed, enrolmentStatement(nodeCrypto, asked));
  return { ...asked, tokenSecret: parseToken(token).secret, possession };
}

/** Asks the enrolment port of a coordinator on this machine. @throws what grpc-js reports. */
export async function askToEnrol(port: number, authorityPem: string, request: EnrolRequest): Promise<EnrolResponse> {
  const client = new Client(`localhost:${String(port)}`, credentials.createSsl(Buffer.from(authorityPem)));
  const { path, requestSerialize, responseDeserialize } = service.enrol;
  try {
    const answer = await new Promise<Uint8Array>((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        encodeEnrolRequest(request),
        (error: ServiceError | null, response?: Uint8Array) => {
          if (response === undefined) reject(error ?? new Error('no answer'));
          else resolve(response);
        },
      );
    });
    return decodeEnrolResponse(answer);
  } finally {
    client.close();
  }
}

/** Enrols a new site with its token. */
export async function enrolSite(
  site: SiteId,
  token: string,
  at: { readonly enrolmentPort: number; readonly authorityPem: string },
): Promise<EnrolledSite> {
  const secrets = await siteSecrets(site);
  const answer = await askToEnrol(at.enrolmentPort, at.authorityPem, enrolRequest(secrets, token));
  return {
    ...secrets,
    certificatePem: new x509.X509Certificate(answer.certificate.slice()).toString('pem'),
    authorityPem: at.authorityPem,
    coordinatorKey: answer.coordinatorKey,
    port: answer.mainPort,
  };
}
