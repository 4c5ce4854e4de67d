/**
 * A site's signed yes to a plan under a roster. For the first plan it also founds the roster.
 *
 * @module
 */
import { frame, label } from '../codec/frame.ts';
import type { Crypto } from '../crypto/types.ts';
import type { PlanApproval } from './types.ts';

/** The approval of a site whose identity seed is given. */
export function signApproval(
  crypto: Crypto,
  identitySeed: Uint8Array,
  said: Omit<PlanApproval, 'signature'>,
): PlanApproval {
  return { ...said, signature: crypto.sign(identitySeed, signedBytes(said)) };
}

/** Whether the approval is signed by this identity key; false for any malformed input. */
export function verifyApproval(crypto: Crypto, identityKey: Uint8Array, approval: PlanApproval): boolean {
  return crypto.verify(identityKey, signedBytes(approval), approval.signature);
}

/** `F(label "plan-approval", site, planHash, rosterHash)`. */
function signedBytes({ site, planHash, rosterHash }: Omit<PlanApproval, 'signature'>): Uint8Array {
  return frame(label('plan-approval'), site, planHash, rosterHash);
}
