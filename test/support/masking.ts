/** Masks of a whole complete graph, as every site makes its own. @module */
import type { Crypto } from '#shared/crypto/types';
import { masksWithDropout, pairwiseMask, selfMask } from '#shared/secagg/mask';
import type { Mask } from '#shared/secagg/types';
import type { MaskingSite } from './secrets.ts';

/** Everything that `site` adds to its vector: its own mask and one for every other site. */
export function masksOf(
  crypto: Crypto,
  transcript: Uint8Array,
  site: MaskingSite,
  all: readonly MaskingSite[],
): readonly Mask[] {
  const pairs = all
    .filter(({ id }) => id !== site.id)
    .map(({ id: peer, maskPublicKey: peerMaskPublicKey }) =>
      pairwiseMask(crypto, {
        transcript,
        site: site.id,
        peer,
        maskPrivateKey: site.maskPrivateKey,
        peerMaskPublicKey,
      }),
    );
  return [selfMask(crypto, transcript, site.id, site.selfMaskSeed), ...pairs];
}

/** What the coordinator takes off the sum of `survivors` once both kinds of secret are recovered. */
export function masksOnSum(
  crypto: Crypto,
  transcript: Uint8Array,
  survivors: readonly MaskingSite[],
  dropouts: readonly MaskingSite[],
): readonly Mask[] {
  const keys = new Map(survivors.map(({ id, maskPublicKey }) => [id, maskPublicKey]));
  return [
    ...survivors.map(({ id, selfMaskSeed }) => selfMask(crypto, transcript, id, selfMaskSeed)),
    ...dropouts.flatMap(({ id: dropout, maskPrivateKey }) =>
      masksWithDropout(crypto, { transcript, dropout, maskPrivateKey, survivors: keys }),
    ),
  ];
}

/** The sum modulo 2^32. */
export function sumOfWords(vectors: readonly Uint32Array[]): Uint32Array {
  const sum = new Uint32Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) for (const [i, word] of vector.entries()) sum[i]! += word;
  return sum;
}
