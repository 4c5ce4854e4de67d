/**
 * Reconstruction of one secret of one dealer, and who is at fault when it fails: a share that does not match its
 * dealer's hash is its sender's fault, and whatever is wrong with those that match is the dealer's. Combining itself is
 * an effect (`crypto/shamir`), so the rule is in two pure halves around it. Source: proto/spec/secure-sum.md, section 5,
 * phase 4.
 *
 * @module
 */
import type { Crypto } from '../crypto/types.ts';
import { shareProblem } from '../crypto/share-problem.ts';
import { equalBytes } from '../util/bytes.ts';
import type { SiteId } from '../util/ids.ts';
import { selfMaskCommitment, shareHash } from './context.ts';
import type { ShareKind } from './types.ts';

/** A secret that a dealer shared, and everything that it signed about it. */
export interface SharedSecret {
  readonly transcript: Uint8Array;
  readonly dealer: SiteId;
  readonly kind: ShareKind;
  readonly threshold: number;
  /** By holder, the `shareHash` that the dealer signed. */
  readonly shareHashes: ReadonlyMap<SiteId, Uint8Array>;
  /** `H(b)` of a self mask, the public key of a mask key. */
  readonly commitment: Uint8Array;
}

/** A share as a site answered it. */
export interface AnsweredShare {
  readonly site: SiteId;
  readonly share: Uint8Array;
}

/** Why a secret is not recovered. */
export interface RecoveryFailure {
  readonly kind: 'failed';
  readonly code: 'tooFewShares' | 'shareLength' | 'shareIndexZero' | 'duplicateShare' | 'commitmentMismatch';
  readonly culprits: readonly SiteId[];
}

/** Shares to combine, all as their dealer dealt them; `culprits` answered with others. */
export interface MatchedShares {
  readonly kind: 'matched';
  readonly shares: readonly Uint8Array[];
  readonly culprits: readonly SiteId[];
}

/** The secret, as committed to. MUST NOT be asked for of both kinds of one site. */
export interface RecoveredSecret {
  readonly kind: 'recovered';
  readonly secret: Uint8Array;
  readonly culprits: readonly SiteId[];
}

/** Bytes of a share of a 32-byte secret, its index included. */
const shareBytes = 33;

/** > A share that does not match its dealer's hash is dropped and its sender named, before anything is combined. */
export function matchShares(
  crypto: Crypto,
  secret: SharedSecret,
  answered: readonly AnsweredShare[],
): MatchedShares | RecoveryFailure {
  const matches = answered.map((answer) => isAsDealt(crypto, secret, answer));
  const culprits = answered.filter((_, i) => !matches[i]).map(({ site }) => site);
  const shares = answered.filter((_, i) => matches[i]).map(({ share }) => share);
  if (shares.length < secret.threshold) return { kind: 'failed', code: 'tooFewShares', culprits };
  const problem = shareProblem(shares, shareBytes);
  if (problem !== undefined) return { kind: 'failed', code: problem, culprits: [...culprits, secret.dealer] };
  return { kind: 'matched', shares, culprits };
}

/** > The secret must be what the dealer committed to; if all matching shares together give something else, the dealer is named. */
export function checkCombined(
  crypto: Crypto,
  secret: SharedSecret,
  culprits: readonly SiteId[],
  combined: Uint8Array | null,
): RecoveredSecret | RecoveryFailure {
  if (combined?.length === 32 && equalBytes(commitmentTo(crypto, secret.kind, combined), secret.commitment)) {
    return { kind: 'recovered', secret: combined, culprits };
  }
  return { kind: 'failed', code: 'commitmentMismatch', culprits: [...culprits, secret.dealer] };
}

function isAsDealt(crypto: Crypto, secret: SharedSecret, { site, share }: AnsweredShare): boolean {
  const dealt = secret.shareHashes.get(site);
  const { transcript, dealer, kind } = secret;
  return dealt !== undefined && equalBytes(dealt, shareHash(crypto, { transcript, dealer, holder: site, kind }, share));
}

function commitmentTo(crypto: Crypto, kind: ShareKind, secret: Uint8Array): Uint8Array {
  return kind === 'self-mask' ? selfMaskCommitment(crypto, secret) : crypto.x25519PublicKey(secret);
}
