/**
 * Masks: `y_i = x_i + PRG(HKDF(b_i)) + Σ_{j>i} PRG(seed_ij) − Σ_{j<i} PRG(seed_ij) mod 2^m`. Words wrap around at 2^32
 * while they are added and are cut to m bits at the end, which is the same because 2^m divides 2^32. Source:
 * proto/spec/secure-sum.md, section 5, phase 2; Bonawitz et al. 2017, figure 4.
 *
 * @module
 */
import { frame, label } from '../codec/frame.ts';
import type { Crypto } from '../crypto/types.ts';
import { bySiteId } from '../util/ids.ts';
import type { SiteId } from '../util/ids.ts';
import { forBlocks, kernel } from './kernel/kernel.ts';
import type { Mask } from './types.ts';

/** One end of a pairwise mask. */
export interface PairwiseEnd {
  readonly transcript: Uint8Array;
  readonly site: SiteId;
  readonly peer: SiteId;
  readonly maskPrivateKey: Uint8Array;
  readonly peerMaskPublicKey: Uint8Array;
}

/** `("pairwise-mask", lower id, higher id)`, framed: the `info` of a pair's seed, the same at both ends. */
export function pairwiseInfo(site: SiteId, peer: SiteId): Uint8Array {
  return frame(label('pairwise-mask'), ...[site, peer].sort(bySiteId));
}

/**
 * `seed_ij = HKDF-SHA256(X25519(s_sk_i, s_pk_j), salt = T1, info)`, with the sign that `site` gives this mask: + if its
 * peer is above it. MUST NOT leave this site.
 *
 * @throws VerificationError (smallOrderPoint) if the peer's key is of small order.
 */
export function pairwiseMask(crypto: Crypto, end: PairwiseEnd): Mask {
  const shared = crypto.x25519(end.maskPrivateKey, end.peerMaskPublicKey);
  const seed = crypto.hkdfSha256(shared, end.transcript, pairwiseInfo(end.site, end.peer), 32);
  return { seed, sign: bySiteId(end.site, end.peer) < 0 ? 1 : -1 };
}

/** `("self-mask", id)`, framed: the `info` of a site's own seed. */
export function selfMaskInfo(site: SiteId): Uint8Array {
  return frame(label('self-mask'), site);
}

/** `HKDF-SHA256(b, salt = T1, info)`, always added. MUST NOT leave this site while it may be in U3. */
export function selfMask(crypto: Crypto, transcript: Uint8Array, site: SiteId, selfMaskSeed: Uint8Array): Mask {
  return { seed: crypto.hkdfSha256(selfMaskSeed, transcript, selfMaskInfo(site), 32), sign: 1 };
}

/** A dropout whose mask key was recovered, and who survived it. */
export interface DropoutKey {
  readonly transcript: Uint8Array;
  readonly dropout: SiteId;
  readonly maskPrivateKey: Uint8Array;
  /** Mask public keys of its neighbours in U3. */
  readonly survivors: ReadonlyMap<SiteId, Uint8Array>;
}

/** The masks with a dropout that are still on a sum of the survivors, with the signs that these gave them. */
export function masksWithDropout(crypto: Crypto, key: DropoutKey): readonly Mask[] {
  const { transcript, dropout, maskPrivateKey, survivors } = key;
  const ends = [...survivors].map(([peer, peerMaskPublicKey]) =>
    pairwiseMask(crypto, { transcript, site: dropout, peer, maskPrivateKey, peerMaskPublicKey }),
  );
  return oppositeMasks(ends);
}

/** The same masks with the other sign: what takes them off again. */
export function oppositeMasks(masks: readonly Mask[]): readonly Mask[] {
  return masks.map(({ seed, sign }) => ({ seed, sign: sign === 1 ? -1 : 1 }));
}

/** The first `length` words of the keystream under `key`, low m bits of each. */
export function keystreamWords(crypto: Crypto, key: Uint8Array, length: number, modulusBits: number): Uint32Array {
  const words = new Uint32Array(length);
  addMasks(crypto, words, [{ seed: key, sign: 1 }]);
  reduceWords(words, modulusBits);
  return words;
}

/** Adds the masks to `words` in place, modulo 2^32; `firstWord`, a multiple of 4, is where `words` begin in the vector. */
export function addMasks(crypto: Crypto, words: Uint32Array, masks: readonly Mask[], firstWord = 0): void {
  maskAdder(crypto, masks, firstWord)(words);
}

/**
 * As `addMasks`, for a vector that comes part by part: each call adds the masks to the next words, in place. The parts may
 * have any lengths. All keystreams go into one block before the next, so that its sum stays in the core's cache.
 */
export function maskAdder(crypto: Crypto, masks: readonly Mask[], firstWord = 0): (words: Uint32Array) => void {
  const streams = masks.map(({ seed, sign }) => ({ stream: crypto.keystream(seed, firstWord), sign }));
  return (words) => {
    forBlocks(words.length, (from, count) => {
      const block = words.subarray(from, from + count);
      const keys = kernel.stream.subarray(0, count);
      kernel.words.set(block);
      for (const { stream, sign } of streams) {
        stream.fill(keys);
        if (sign === 1) kernel.add(count);
        else kernel.subtract(count);
      }
      block.set(kernel.words.subarray(0, count));
    });
  };
}

/** Cuts every word to its low m bits, in place: the residue modulo 2^m. */
export function reduceWords(words: Uint32Array, modulusBits: number): void {
  if (modulusBits === 32) return;
  const low = 2 ** modulusBits - 1;
  for (let i = 0; i < words.length; i++) words[i]! &= low;
}

/** `words` with the masks on, modulo 2^m, in a new array. */
export function maskUpload(
  crypto: Crypto,
  words: Uint32Array,
  masks: readonly Mask[],
  modulusBits: number,
): Uint32Array {
  const masked = words.slice();
  addMasks(crypto, masked, masks);
  reduceWords(masked, modulusBits);
  return masked;
}

/** A sum with the masks off, modulo 2^m, in a new array; `firstWord` as in `addMasks`. */
export function removeMasks(
  crypto: Crypto,
  sum: Uint32Array,
  masks: readonly Mask[],
  modulusBits: number,
  firstWord = 0,
): Uint32Array {
  const words = sum.slice();
  addMasks(crypto, words, oppositeMasks(masks), firstWord);
  reduceWords(words, modulusBits);
  return words;
}
