/**
 * How far images and texts lie apart in the space they share. A measure of ours (BrgSA's own is not public): the distance
 * of the two centres as in Liang et al. 2022 (arXiv 2203.02053), section 2, and how much nearer partners are than others.
 *
 * @module
 */
import type { Tally } from './tally.ts';

/** Embeddings of pairs, of any length: directions are what counts. */
export interface EmbeddedSides {
  readonly images: readonly ArrayLike<number>[];
  readonly texts: readonly ArrayLike<number>[];
}

/** Null without a pair. */
export interface ModalityGap {
  /** ‖mean unit(v) - mean unit(t)‖: 0 where both are one cloud. */
  readonly gap: number | null;
  /** The mean cosine of partners less that of all other pairs of an image and a text; null without two pairs. */
  readonly alignment: number | null;
}

/** Of N pairs of vectors of `width` numbers: N, Σ unit(v), Σ unit(t) and Σ cos of partners. */
export function modalityGapTally(width: number): Tally<EmbeddedSides, ModalityGap> {
  return {
    length: 2 * width + 2,
    count: ({ images, texts }) => {
      const sum = new Float64Array(2 * width + 2);
      sum[0] = images.length;
      images.forEach((image, i) => {
        const [v, t] = [unitVector(image), unitVector(texts[i]!)];
        for (let d = 0; d < width; d++) {
          sum[1 + d]! += v[d]!;
          sum[1 + width + d]! += t[d]!;
          sum[2 * width + 1]! += v[d]! * t[d]!;
        }
      });
      return sum;
    },
    read: (sum) => {
      const count = sum[0]!;
      if (count === 0) return { gap: null, alignment: null };
      let [square, all] = [0, 0];
      for (let d = 0; d < width; d++) {
        const [v, t] = [sum[1 + d]!, sum[1 + width + d]!];
        square += ((v - t) / count) ** 2;
        all += v * t;
      }
      const paired = sum[2 * width + 1]!;
      const unpaired = count > 1 ? (all - paired) / (count * (count - 1)) : null;
      return { gap: Math.sqrt(square), alignment: unpaired === null ? null : paired / count - unpaired };
    },
  };
}

/** The gap of the pairs of one place. */
export function modalityGap(sides: EmbeddedSides): ModalityGap {
  const tally = modalityGapTally(sides.images[0]?.length ?? 0);
  return tally.read(tally.count(sides));
}

function unitVector(values: ArrayLike<number>): Float64Array {
  const vector = Float64Array.from(values);
  const norm = Math.max(Math.hypot(...vector), 1e-8);
  return vector.map((value) => value / norm);
}
