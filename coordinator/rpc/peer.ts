/** Who is at the other end: whom the certificate names, checked against who is enrolled now. */
import { X509Certificate, createHash } from 'node:crypto';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { VerificationError } from '#shared/errors';
import { equalBytes } from '#shared/util/bytes';
import { toSiteId } from '#shared/util/ids';
import type { SiteId } from '#shared/util/ids';
import type { MemberStore } from '../store/members.ts';

type Call = Pick<ServerUnaryCall<unknown, unknown>, 'getAuthContext'>;

/** The enrolled site that the call's certificate names, with the key that it enrolled. @throws VerificationError (badCertificate). */
export function siteOf(call: Call, members: MemberStore): SiteId {
  const { name, role, keyHash } = certificateOf(call);
  const site = role === 'site' ? toSiteId(name) : undefined;
  if (site === undefined)
    throw new VerificationError('badCertificate', 'this call is for sites: use a site’s certificate');
  const member = members.find(site);
  if (member !== undefined && equalBytes(member.tlsKeyHash, keyHash)) return site;
  throw new VerificationError('badCertificate', `${site}: the certificate is not the one that this site enrolled with`);
}

/** @throws VerificationError (badCertificate) if the certificate is not the operator's. */
export function expectOperator(call: Call): void {
  if (certificateOf(call).role === 'operator') return;
  throw new VerificationError('badCertificate', 'this call is for the operator: use the operator’s certificate');
}

interface Certificate {
  readonly name: string;
  readonly role: string;
  /** SHA-256 of the SubjectPublicKeyInfo. */
  readonly keyHash: Uint8Array;
}

/** TLS has verified it against the consortium's authority, which wrote one CN and one OU. */
function certificateOf(call: Call): Certificate {
  const certificate = call.getAuthContext().sslPeerCertificate;
  if (certificate === undefined) throw new VerificationError('badCertificate', 'the connection brought no certificate');
  const { CN: name, OU: role } = certificate.subject as { readonly CN?: unknown; readonly OU?: unknown };
  if (typeof name !== 'string' || typeof role !== 'string') {
    throw new VerificationError('badCertificate', 'the certificate names nobody');
  }
  const key = new X509Certificate(certificate.raw).publicKey.export({ type: 'spki', format: 'der' });
  return { name, role, keyHash: createHash('sha256').update(key).digest() };
}
