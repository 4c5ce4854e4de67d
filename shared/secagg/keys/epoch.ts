/**
 * Key epochs: which one a round belongs to, and who makes its key. Both follow from the plan and the roster, so nobody has
 * to be believed. Source: proto/spec/secure-sum.md, section 4.
 *
 * @module
 */
import { frame } from '../../codec/frame.ts';
import type { Crypto } from '../../crypto/types.ts';
import { toHex } from '../../util/bytes.ts';
import type { SiteId } from '../../util/ids.ts';
import type { KeyStudy } from './types.ts';

/** `floor((round − 1) / keyEpochRounds) + 1`. */
export function epochOfRound({ keyEpochRounds }: Pick<KeyStudy, 'keyEpochRounds'>, round: number): number {
  return Math.floor((round - 1) / keyEpochRounds) + 1;
}

/** The last round of an epoch. */
export function lastRoundOfEpoch(
  { keyEpochRounds, rounds }: Pick<KeyStudy, 'keyEpochRounds' | 'rounds'>,
  epoch: number,
): number {
  return Math.min(rounds, epoch * keyEpochRounds);
}

/** > The first site by `SHA-256(rosterHash, epoch, id)` makes it, after a deadline the next one. All sites, in that order. */
export function makerOrder(
  crypto: Crypto,
  { rosterHash, sites }: Pick<KeyStudy, 'rosterHash' | 'sites'>,
  epoch: number,
): readonly SiteId[] {
  const places = new Map(
    [...sites.keys()].map((site) => [site, toHex(crypto.sha256(frame(rosterHash, epoch, site)))] as const),
  );
  return [...sites.keys()].sort((a, b) => (places.get(a)! < places.get(b)! ? -1 : 1)); // every site has a place
}
