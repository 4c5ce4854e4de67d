/**
 * U1 as one hash, T1, and what a list of advertisements must not hold. Source: proto/spec/secure-sum.md, section 5,
 * phase 0.
 *
 * @module
 */
import { frame, label } from '../codec/frame.ts';
import { isSmallOrder } from '../crypto/small-order.ts';
import type { Crypto } from '../crypto/types.ts';
import { ProtocolError } from '../errors.ts';
import { toHex } from '../util/bytes.ts';
import { bySiteId } from '../util/ids.ts';
import type { SiteId } from '../util/ids.ts';
import { firstDuplicate } from './context.ts';
import type { Advertisement } from './types.ts';

/** What the transcript takes of an advertisement. */
export type AdvertisedKeys = Pick<Advertisement, 'site' | 'channelPublicKey' | 'maskPublicKey' | 'selfMaskCommitment'>;

/** Why a set of advertisements cannot be a U1, and the sites concerned. */
export interface AdvertisementProblem {
  readonly code: 'duplicateSite' | 'duplicateKey' | 'smallOrderPoint';
  readonly sites: readonly SiteId[];
}

/** > No duplicate id or key, no key of small order. The first of these that does not hold; keys compare across kinds. */
export function advertisementProblem(advertisements: readonly AdvertisedKeys[]): AdvertisementProblem | undefined {
  return clash(advertisements) ?? smallOrder(advertisements);
}

function clash(advertisements: readonly AdvertisedKeys[]): AdvertisementProblem | undefined {
  const twice = firstDuplicate(advertisements.map(({ site }) => site));
  if (twice !== undefined) return { code: 'duplicateSite', sites: [twice] };
  const sharing = sitesSharingAKey(advertisements);
  return sharing.length > 0 ? { code: 'duplicateKey', sites: sharing } : undefined;
}

function smallOrder(advertisements: readonly AdvertisedKeys[]): AdvertisementProblem | undefined {
  const small = advertisements.filter((entry) => keysOf(entry).some(isSmallOrder));
  return small.length > 0 ? { code: 'smallOrderPoint', sites: small.map(({ site }) => site) } : undefined;
}

/** The same for one more advertisement beside others that were looked at before. */
export function newcomerProblem(
  taken: readonly AdvertisedKeys[],
  newcomer: AdvertisedKeys,
): AdvertisementProblem | undefined {
  return clash([...taken, newcomer]) ?? smallOrder([newcomer]);
}

/**
 * T1: `H(F(label "transcript", ctx, then id, c_pk, s_pk, H(b) of each site by id))`.
 *
 * @throws ProtocolError (duplicateSite, duplicateKey, smallOrderPoint, in this order) on an `advertisementProblem`.
 */
export function transcriptHash(
  crypto: Crypto,
  context: Uint8Array,
  advertisements: readonly AdvertisedKeys[],
): Uint8Array {
  const problem = advertisementProblem(advertisements);
  if (problem !== undefined) {
    throw new ProtocolError(problem.code, `the advertisements of ${problem.sites.join(', ')} cannot stand in one U1`);
  }
  const entries = advertisements
    .toSorted((a, b) => bySiteId(a.site, b.site))
    .flatMap(({ site, channelPublicKey, maskPublicKey, selfMaskCommitment }) => [
      site,
      channelPublicKey,
      maskPublicKey,
      selfMaskCommitment,
    ]);
  return crypto.sha256(frame(label('transcript'), context, ...entries));
}

function keysOf({ channelPublicKey, maskPublicKey }: AdvertisedKeys): readonly Uint8Array[] {
  return [channelPublicKey, maskPublicKey];
}

/** A site whose two keys are equal shares with itself. */
function sitesSharingAKey(advertisements: readonly AdvertisedKeys[]): readonly SiteId[] {
  const owners = new Map<string, SiteId>();
  for (const entry of advertisements) {
    for (const key of keysOf(entry).map(toHex)) {
      const owner = owners.get(key);
      if (owner !== undefined) return [...new Set([owner, entry.site])];
      owners.set(key, entry.site);
    }
  }
  return [];
}
