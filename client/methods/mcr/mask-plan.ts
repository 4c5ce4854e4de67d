/**
 * What of a batch is masked: drawn on the host for every step, an input of the program. N examples, P patches, K of them
 * visible, T tokens.
 *
 * Source: MCR (arXiv 2312.15840): 50 % of the image and 25 % of the report; the shuffle is MAE's (He et al. 2022).
 *
 * @module
 */
import { type Random, shuffled } from '#client/data/random';

/** The patches of a batch that the encoder sees. */
export interface ImageMask {
  /** K. */
  readonly kept: number;
  /** `[N, K]`: the visible patches, in random order. */
  readonly keep: Int32Array;
  /** `[N, P]`: the place of each patch among the visible ones followed by the masked ones. */
  readonly restore: Int32Array;
  /** `[N, P]`: 1 for a masked patch. */
  readonly masked: Float32Array;
}

/** floor(P (1 - ratio)): how many patches stay visible. */
export function keepCount(patches: number, ratio: number): number {
  return Math.floor(patches * (1 - ratio));
}

/** A mask of its own for each of `count` images. */
export function drawImageMask(count: number, patches: number, ratio: number, random: Random): ImageMask {
  const kept = keepCount(patches, ratio);
  const keep = new Int32Array(count * kept);
  const restore = new Int32Array(count * patches);
  const masked = new Float32Array(count * patches);
  for (let n = 0; n < count; n++) {
    const order = shuffled(
      Array.from({ length: patches }, (_, p) => p),
      random,
    );
    keep.set(order.slice(0, kept), n * kept);
    order.forEach((patch, place) => {
      restore[n * patches + patch] = place;
      masked[n * patches + patch] = place < kept ? 0 : 1;
    });
  }
  return { kept, keep, restore, masked };
}

/**
 * Whole words in random order while they fit into round(ratio · tokens): 1 for a masked token, `[T]`. `words` lists the
 * positions of each word's tokens, without those that are special or padding.
 */
export function drawWordMask(
  words: readonly (readonly number[])[],
  length: number,
  ratio: number,
  random: Random,
): Float32Array {
  const masked = new Float32Array(length);
  let left = Math.round(ratio * words.reduce((sum, word) => sum + word.length, 0));
  for (const word of shuffled(words, random)) {
    if (word.length > left) continue;
    for (const position of word) masked[position] = 1;
    left -= word.length;
  }
  return masked;
}
