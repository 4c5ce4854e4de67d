/**
 * What binds one attempt of a round: the hashes and commitments that every message is tied to. Source:
 * proto/spec/secure-sum.md, section 5; `F` is framing and `H` SHA-256.
 *
 * @module
 */
import { frame, label } from '../codec/frame.ts';
import type { Crypto } from '../crypto/types.ts';
import { ProtocolError } from '../errors.ts';
import { bySiteId } from '../util/ids.ts';
import type { SiteId } from '../util/ids.ts';
import type { AttemptBinding, ShareKind } from './types.ts';

/** Sites by the bytes of their ids, in a new array. */
export function byId(sites: Iterable<SiteId>): readonly SiteId[] {
  return [...sites].sort(bySiteId);
}

/** The first site that is there a second time, if one is. */
export function firstDuplicate(sites: readonly SiteId[]): SiteId | undefined {
  const seen = new Set<SiteId>();
  return sites.find((site) => seen.has(site) || !seen.add(site));
}

/** `H(F(label "cohort", ids by id))`. @throws ProtocolError (duplicateSite) if an id is there twice. */
export function cohortHash(crypto: Crypto, cohort: readonly SiteId[]): Uint8Array {
  const duplicate = firstDuplicate(cohort);
  if (duplicate !== undefined) {
    throw new ProtocolError('duplicateSite', `the cohort names ${duplicate} twice: a site is in a cohort once`);
  }
  return crypto.sha256(frame(label('cohort'), ...byId(cohort)));
}

/**
 * ctx: `H(F(label "context", planHash, rosterHash, keyHash, round, cohortHash, attempt, modelHash))`, `keyHash` being 32
 * zero bytes without encryption.
 *
 * @throws ProtocolError (duplicateSite) if the cohort names a site twice.
 */
export function contextHash(crypto: Crypto, binding: AttemptBinding): Uint8Array {
  const { planHash, rosterHash, keyHash, round, cohort, attempt, modelHash } = binding;
  return crypto.sha256(
    frame(
      label('context'),
      planHash,
      rosterHash,
      keyHash ?? new Uint8Array(32),
      round,
      cohortHash(crypto, cohort),
      attempt,
      modelHash,
    ),
  );
}

/** `H(b) = SHA-256(b)`, of the bare bytes. */
export function selfMaskCommitment(crypto: Crypto, selfMaskSeed: Uint8Array): Uint8Array {
  return crypto.sha256(selfMaskSeed);
}

/** The share that a dealer deals to a holder; a dealer holds one of its own. */
export interface ShareName {
  readonly transcript: Uint8Array;
  readonly dealer: SiteId;
  readonly holder: SiteId;
  readonly kind: ShareKind;
}

/** `H(F(label "share", T1, i, j, kind, share))`; the share with its index. */
export function shareHash(crypto: Crypto, name: ShareName, share: Uint8Array): Uint8Array {
  return crypto.sha256(frame(label('share'), name.transcript, name.dealer, name.holder, name.kind, share));
}

/** What an upload is: the Merkle root over its chunks (`log/merkle`), their number and their bytes together. */
export interface UploadShape {
  readonly root: Uint8Array;
  readonly chunkCount: number;
  readonly byteLength: number;
}

/**
 * T2: `H(F(label "masked-input", T1, F(U2 by id)))`. An upload is committed to under it, so that nobody confirms one that
 * was masked with another U2 than all the others: whose masks the coordinator could know, every one.
 */
export function maskedInputHash(crypto: Crypto, transcript: Uint8Array, u2: Iterable<SiteId>): Uint8Array {
  return crypto.sha256(frame(label('masked-input'), transcript, frame(...byId(u2))));
}

/** `F(root, chunkCount, byteLength, T2)`, 96 bytes. */
export function uploadCommitment(maskedInput: Uint8Array, { root, chunkCount, byteLength }: UploadShape): Uint8Array {
  return frame(root, chunkCount, byteLength, maskedInput);
}

/** `F(T1, F(U2 by id), F(U3 by id), F(id and commitment of each site of U3 by id))`, of the sites that committed. */
export function confirmationBytes(
  transcript: Uint8Array,
  u2: readonly SiteId[],
  commitments: ReadonlyMap<SiteId, Uint8Array>,
): Uint8Array {
  const u3 = byId(commitments.keys());
  const committed = u3.flatMap((site) => [site, commitments.get(site)!]); // u3 is the keys of this map
  return frame(transcript, frame(...byId(u2)), frame(...u3), frame(...committed));
}
