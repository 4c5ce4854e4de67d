/**
 * Overlap of segmentations, class by class, of planes or volumes whose cells are class indices.
 *
 * Source: Dice 1945; Jaccard 1912.
 *
 * @module
 */
import { meanOfDefined } from './mean.ts';

/** Cells of each class: in the truth, in the prediction, in both. Counts of images and of sites add up. */
export interface OverlapCounts {
  readonly actual: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
  readonly both: ArrayLike<number>;
}

/** Figures of each class, null for one in neither, and their means over the others. */
export interface Overlap {
  /** 2 |A ∩ B| / (|A| + |B|). */
  readonly dice: readonly (number | null)[];
  /** |A ∩ B| / |A ∪ B|. */
  readonly iou: readonly (number | null)[];
  readonly meanDice: number | null;
  readonly meanIou: number | null;
}

/** Counts the cells of two segmentations of the same shape, flat. */
export function overlapCounts(actual: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): OverlapCounts {
  const [own, other, both] = [new Float64Array(classes), new Float64Array(classes), new Float64Array(classes)];
  for (let cell = 0; cell < actual.length; cell++) {
    const [a, p] = [actual[cell]!, predicted[cell]!];
    own[a]!++;
    other[p]!++;
    if (a === p) both[a]!++;
  }
  return { actual: own, predicted: other, both };
}

/** The figures of the counts. */
export function overlapOf({ actual, predicted, both }: OverlapCounts): Overlap {
  const every = Array.from({ length: both.length }, (_, c) => c);
  const sizes = every.map((c) => actual[c]! + predicted[c]!);
  const dice = every.map((c) => (sizes[c] === 0 ? null : (2 * both[c]!) / sizes[c]!));
  const iou = every.map((c) => (sizes[c] === 0 ? null : both[c]! / (sizes[c]! - both[c]!)));
  return { dice, iou, meanDice: meanOfDefined(dice), meanIou: meanOfDefined(iou) };
}
