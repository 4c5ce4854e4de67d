/** Invitations and how they are taken up. */
import { randomBytes } from 'node:crypto';
import type { Crypto } from '#shared/crypto/types';
import { VerificationError } from '#shared/errors';
import type { SiteId } from '#shared/util/ids';
import { encodeEnrolRequest, enrolmentStatement, formatToken } from '#shared/wire/enrolment';
import type { EnrolRequest } from '#shared/wire/types';
import type { Member, MemberStore } from '../store/members.ts';
import type { Authority } from './authority.ts';

export interface EnrolmentDesk {
  /** A token's text, for this site alone. MUST NOT be logged. @throws UsageError (duplicateSite). */
  invite(site: SiteId, expiresAtMs: number): string;
  /**
   * The new member. The same request gets the same answer again, for one that was lost on its way.
   *
   * @throws ProtocolError (tokenUnknown, tokenUsed, tokenExpired, duplicateSite, duplicateKey); VerificationError
   * (badSignature) if the identity key did not sign the request, (badCertificate).
   */
  enrol(request: EnrolRequest, nowMs: number): Promise<Member>;
}

/** The desk of one consortium. */
export function enrolmentDesk(crypto: Crypto, authority: Authority, members: MemberStore): EnrolmentDesk {
  return {
    invite(site, expiresAtMs) {
      const secret = new Uint8Array(randomBytes(32));
      members.addToken(crypto.sha256(secret), site, expiresAtMs);
      return formatToken({ site, secret, caFingerprint: authority.fingerprint });
    },
    async enrol(request, nowMs) {
      const { site, identityKey, sealingKey, tokenSecret } = request;
      const requestHash = crypto.sha256(encodeEnrolRequest(request));
      const use = { secretHash: crypto.sha256(tokenSecret), site, requestHash, nowMs };
      const already = members.checkToken(use);
      if (already !== undefined) return already;
      if (!crypto.verify(identityKey, enrolmentStatement(crypto, request), request.possession)) {
        throw new VerificationError('badSignature', `${site}: the enrolment is not signed by its identity key`);
      }
      const issued = await authority.issueSite(request.certificateRequest, site, nowMs);
      const member = { site, identityKey, sealingKey, enrolledAtMs: nowMs, ...issued };
      members.enrol(use, member);
      return member;
    },
  };
}
