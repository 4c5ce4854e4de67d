/**
 * The consortium's certificate authority. A certificate names its holder: CN is the site's id and OU says what it is,
 * `site`, `operator` or `coordinator`. Keys are ECDSA P-256; a site brings its own key in a request (PKCS #10).
 */
import 'reflect-metadata'; // @peculiar/x509 needs it before it is loaded
import { createHash, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { VerificationError } from '#shared/errors';
import type { SiteId } from '#shared/util/ids';

/** A private key (PKCS #8) and its certificate, both PEM. MUST NOT be logged. */
export interface KeyAndCertificate {
  readonly keyPem: string;
  readonly certificatePem: string;
}
/** A site's certificate. */
export interface SiteCertificate {
  readonly certificate: Uint8Array;
  /** SHA-256 of its SubjectPublicKeyInfo. */
  readonly tlsKeyHash: Uint8Array;
  readonly expiresAtMs: number;
}
export interface Authority {
  readonly certificatePem: string;
  /** DER. */
  readonly certificate: Uint8Array;
  /** SHA-256 of the certificate's DER: what a token carries. */
  readonly fingerprint: Uint8Array;
  /** @throws VerificationError (badCertificate) if the request is not signed by its key or names another site. */
  issueSite(request: Uint8Array, site: SiteId, nowMs: number): Promise<SiteCertificate>;
  /** The server's, for the names and addresses under which sites reach it. */
  issueServer(hosts: readonly string[], nowMs: number): Promise<KeyAndCertificate>;
  /** The operator's, with which the commands reach the running coordinator. */
  issueOperator(nowMs: number): Promise<KeyAndCertificate>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;
/** A clock that is a little behind still finds the certificate valid. */
const skewMs = 5 * 60_000;
const validDays = { authority: 20 * 365, operator: 5 * 365, server: 397, site: 397 };
const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';

/** A new authority for a consortium. */
export async function foundAuthority(consortium: string, nowMs: number): Promise<KeyAndCertificate> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    keys,
    name: subject('certificate authority', 'authority', consortium),
    signingAlgorithm: algorithm,
    ...validity(nowMs, validDays.authority),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { keyPem: await privateKeyPem(keys.privateKey), certificatePem: certificate.toString('pem') };
}

/** The authority of a key and a certificate that `foundAuthority` made. */
export async function openAuthority({ keyPem, certificatePem }: KeyAndCertificate): Promise<Authority> {
  const own = new x509.X509Certificate(certificatePem);
  const der = x509.PemConverter.decodeFirst(keyPem);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
  const certificate = new Uint8Array(own.rawData);
  const consortium = own.subjectName.getField('O')[0] ?? '';
  const issue = (holder: Holder, nowMs: number): Promise<x509.X509Certificate> =>
    x509.X509CertificateGenerator.create({
      subject: subject(holder.name, holder.role, consortium),
      issuer: own.subjectName,
      publicKey: holder.publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      ...validity(nowMs, holder.days),
      extensions: leafExtensions(holder),
    });
  return {
    certificatePem,
    certificate,
    fingerprint: sha256(certificate),
    async issueSite(request, site, nowMs) {
      const publicKey = await requestedKey(request, site);
      const issued = await issue(
        { name: site, role: 'site', publicKey, days: validDays.site, usage: clientAuth, hosts: [] },
        nowMs,
      );
      return {
        certificate: new Uint8Array(issued.rawData),
        tlsKeyHash: sha256(new Uint8Array(publicKey.rawData)),
        expiresAtMs: issued.notAfter.getTime(),
      };
    },
    issueServer: (hosts, nowMs) =>
      withNewKey((publicKey) =>
        issue(
          { name: 'coordinator', role: 'coordinator', publicKey, days: validDays.server, usage: serverAuth, hosts },
          nowMs,
        ),
      ),
    issueOperator: (nowMs) =>
      withNewKey((publicKey) =>
        issue(
          { name: 'operator', role: 'operator', publicKey, days: validDays.operator, usage: clientAuth, hosts: [] },
          nowMs,
        ),
      ),
  };
}

interface Holder {
  readonly name: string;
  readonly role: 'site' | 'operator' | 'coordinator';
  readonly publicKey: x509.PublicKey | webcrypto.CryptoKey;
  readonly days: number;
  readonly usage: string;
  readonly hosts: readonly string[];
}

async function withNewKey(
  issue: (publicKey: webcrypto.CryptoKey) => Promise<x509.X509Certificate>,
): Promise<KeyAndCertificate> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await issue(keys.publicKey);
  return { keyPem: await privateKeyPem(keys.privateKey), certificatePem: certificate.toString('pem') };
}

/** The key of a request that is signed by this very key and names this very site. */
async function requestedKey(request: Uint8Array, site: SiteId): Promise<x509.PublicKey> {
  const csr = await verifiedRequest(request, site);
  const names = csr.subjectName.getField('CN');
  if (names.length === 1 && names[0] === site) return csr.publicKey;
  throw new VerificationError('badCertificate', `${site}: the certificate request does not name this site as its CN`);
}

async function verifiedRequest(request: Uint8Array, site: SiteId): Promise<x509.Pkcs10CertificateRequest> {
  try {
    const csr = new x509.Pkcs10CertificateRequest(new Uint8Array(request));
    if (await csr.verify()) return csr;
  } catch (cause) {
    throw new VerificationError('badCertificate', `${site}: the certificate request cannot be read`, { cause });
  }
  throw new VerificationError('badCertificate', `${site}: the certificate request is not signed by its own key`);
}

function leafExtensions({ publicKey: _, usage, hosts }: Holder): x509.Extension[] {
  const names = hosts.map((host) => ({ type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const), value: host }));
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([usage]),
    ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
  ];
}

function subject(name: string, role: string, consortium: string): x509.Name {
  return new x509.Name([{ CN: [name] }, { OU: [role] }, { O: [consortium] }]);
}

function validity(nowMs: number, days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(nowMs - skewMs), notAfter: new Date(nowMs + days * dayMs) };
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}
