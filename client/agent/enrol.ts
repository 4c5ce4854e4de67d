/**
 * How a site comes in: keys are made here, the first connection is verified against the CA fingerprint that the token
 * carries, and the folder is there whole or not at all. Keys that the coordinator may have certified already are kept
 * beside it until an answer has come, and the same token asks for it again: a token enrols once.
 *
 * @module
 */
import 'reflect-metadata'; // @peculiar/x509 needs it before it is loaded
import { createHash, webcrypto } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import tls from 'node:tls';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import * as x509 from '@peculiar/x509';
import type { Crypto } from '#shared/crypto/types';
import { TransportError, UsageError, VerificationError } from '#shared/errors';
import { equalBytes, toHex } from '#shared/util/bytes';
import { decodeEnrolResponse, encodeEnrolRequest, enrolmentStatement, parseToken } from '#shared/wire/enrolment';
import type { EnrolmentToken } from '#shared/wire/enrolment';
import { enrolmentService } from '#shared/wire/services';
import type { EnrolResponse } from '#shared/wire/types';
import { callError } from './call-error.ts';
import { flushFolder, guard, isThere, readPrivate, writeWhole } from './disk.ts';
import { createKeys, openKeys, type SiteKeys } from './key-store.ts';
import { writeSiteConfig } from './site-config.ts';
import type { SiteConfig } from './site-config.ts';

/** Where and with what to enrol. */
export interface Enrolment {
  readonly host: string;
  /** The port for enrolment. */
  readonly port: number;
  readonly token: string;
  readonly dir: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const patienceMs = 10_000;
const longestChain = 8;

/**
 * Enrols a new site and writes its folder.
 *
 * @throws UsageError (notEmpty), DecodeError (badFormat) for a token that is none, VerificationError (badCertificate) if the
 * coordinator's certificate is not the one that the token names, ProtocolError (tokenExpired, tokenUsed, tokenUnknown),
 * TransportError (unavailable, deadline, diskFull). Nothing is left behind then, but the keys and the request where the
 * coordinator may have taken it: the same call goes on from there.
 */
export async function enrol({ host, port, token, dir }: Enrolment, crypto: Crypto): Promise<SiteConfig> {
  const invited = parseToken(token);
  const target = resolve(dir);
  if (isThere(target) && readdirSync(target).length > 0)
    throw new UsageError('notEmpty', `${target} is not empty: name a new folder, so that no keys are lost`);
  const caPem = await verifiedAuthority(host, port, invited.caFingerprint);
  const making = join(dirname(target), `.${basename(target)}.${toHex(sha256(invited.secret)).slice(0, 12)}.part`);
  const asked = isThere(join(making, requestName));
  try {
    const keys = asked ? openKeys(making, crypto) : await makeKeys(making, invited.site, crypto);
    const config = await enrolInto(making, { host, port, caPem }, invited, keys, crypto);
    guard(target, () => {
      rmSync(target, { recursive: true, force: true }); // it is empty or not there
      renameSync(making, target);
      flushFolder(dirname(target));
      rmSync(join(target, requestName));
    });
    return config;
  } catch (error) {
    if (error instanceof TransportError && isThere(join(making, requestName))) throw repeatable(error);
    rmSync(making, { recursive: true, force: true });
    throw error;
  }
}

/** The certificate request of keys that wait for their certificate, DER. It has no secret. */
const requestName = 'request.der';

/** New keys and the request for their certificate, which is written last. */
async function makeKeys(dir: string, site: string, crypto: Crypto): Promise<SiteKeys> {
  guard(dir, () => {
    rmSync(dir, { recursive: true, force: true }); // of a call that was killed before it asked
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  });
  const tlsKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', tlsKeys.privateKey);
  const keys = createKeys(dir, crypto, x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'));
  writeWhole(join(dir, requestName), await requestFor(site, tlsKeys));
  return keys;
}

function repeatable(error: TransportError): TransportError {
  const sentence = `${error.message}; the keys are kept: the same command asks again`;
  return new TransportError(error.code, sentence, { cause: error });
}

async function enrolInto(
  dir: string,
  at: { readonly host: string; readonly port: number; readonly caPem: string },
  { site, secret }: EnrolmentToken,
  keys: SiteKeys,
  crypto: Crypto,
): Promise<SiteConfig> {
  const certificateRequest = new Uint8Array(readPrivate(join(dir, requestName))!); // written with the keys
  const { identityKey, sealingKey } = keys;
  const asked = { site, identityKey, sealingKey, certificateRequest };
  // Signatures of this kind are deterministic: who asks again sends the same bytes.
  const possession = crypto.sign(keys.identitySeed.expose(), enrolmentStatement(crypto, asked));
  const answer = await ask(at, encodeEnrolRequest({ tokenSecret: secret, possession, ...asked }));
  await checkAnswer(answer, at.caPem, certificateRequest);
  const config: SiteConfig = {
    site,
    consortium: answer.consortium,
    host: at.host,
    port: answer.mainPort,
    coordinatorKey: answer.coordinatorKey,
    certificatePem: pem(answer.certificate),
    caCertificatePem: at.caPem,
  };
  writeSiteConfig(dir, config);
  return config;
}

async function requestFor(site: string, keys: webcrypto.CryptoKeyPair): Promise<Uint8Array> {
  const name = new x509.Name([{ CN: [site] }]);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: algorithm });
  return new Uint8Array(request.rawData);
}

/** The CA's certificate, PEM, as the server shows it, if its fingerprint is the token's. Nothing is sent before. */
async function verifiedAuthority(host: string, port: number, fingerprint: Uint8Array): Promise<string> {
  const chain = await shownChain(host, port);
  const authority = chain.find((der) => equalBytes(sha256(der), fingerprint));
  if (authority !== undefined) return pem(authority);
  throw new VerificationError(
    'badCertificate',
    `${host}:${port} shows a certificate that is not the consortium's of this token: check the address, then the token`,
  );
}

/** Certificates, DER, in the order in which the server shows them. */
async function shownChain(host: string, port: number): Promise<readonly Uint8Array[]> {
  return new Promise((done, reject) => {
    const socket = tls.connect(
      // Not verified here: the chain is compared with the token's fingerprint before anything is sent.
      { host, port, rejectUnauthorized: false, minVersion: 'TLSv1.3', ALPNProtocols: ['h2'], timeout: patienceMs },
      () => {
        const chain = chainOf(socket.getPeerCertificate(true));
        socket.destroy();
        done(chain);
      },
    );
    socket.once('timeout', () => {
      socket.destroy();
      reject(new TransportError('deadline', `${host}:${port} does not answer: check the address and the firewall`));
    });
    socket.once('error', (cause: Error) => {
      const code = 'code' in cause ? ` (${String(cause.code)})` : '';
      reject(
        new TransportError('unavailable', `${host}:${port} cannot be reached${code}: is it the port for enrolment?`, {
          cause,
        }),
      );
    });
  });
}

/** The last certificate of a chain is its own issuer, or has none. */
function chainOf(leaf: tls.DetailedPeerCertificate): readonly Uint8Array[] {
  const chain: Uint8Array[] = [];
  let next: Partial<tls.DetailedPeerCertificate> | undefined = leaf;
  while (next?.raw !== undefined && chain.length < longestChain) {
    chain.push(next.raw);
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
  }
  return chain;
}

async function ask(
  { host, port, caPem }: { readonly host: string; readonly port: number; readonly caPem: string },
  request: Uint8Array,
): Promise<EnrolResponse> {
  tls.DEFAULT_MIN_VERSION = 'TLSv1.3'; // grpc-js has no option for it
  const { enrol: method } = enrolmentService((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const client = new Client(address, credentials.createSsl(Buffer.from(caPem)));
  try {
    const bytes = await new Promise<Uint8Array>((done, reject) => {
      client.makeUnaryRequest<Uint8Array, Uint8Array>(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        new Metadata(),
        { deadline: Date.now() + patienceMs },
        (error, answer) => {
          if (error !== null) reject(callError(error));
          else done(answer ?? new Uint8Array());
        },
      );
    });
    return decodeEnrolResponse(bytes);
  } finally {
    client.close();
  }
}

/** The certificate is for our key, from this CA. @throws VerificationError (badCertificate) */
async function checkAnswer(answer: EnrolResponse, caPem: string, certificateRequest: Uint8Array): Promise<void> {
  const certificate = new x509.X509Certificate(new Uint8Array(answer.certificate));
  const authority = new x509.X509Certificate(caPem);
  const { publicKey } = new x509.Pkcs10CertificateRequest(new Uint8Array(certificateRequest));
  const own = new Uint8Array(publicKey.rawData);
  const isOurs = equalBytes(new Uint8Array(certificate.publicKey.rawData), own);
  const isTheirs = await certificate.verify({ publicKey: authority.publicKey, signatureOnly: true });
  const isSameAuthority = equalBytes(answer.caCertificate, new Uint8Array(authority.rawData));
  if (isOurs && isTheirs && isSameAuthority) return;
  throw new VerificationError(
    'badCertificate',
    'the coordinator issued a certificate that is not for this site: do not use it',
  );
}

function pem(der: Uint8Array): string {
  return `${x509.PemConverter.encode(new Uint8Array(der).buffer, 'CERTIFICATE')}\n`;
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}
