/**
 * Figures that sums of counts give exactly: of ranks, of predicted classes, of confidences, of segmented cells, of means.
 *
 * @module
 */
import { type CalibrationBins, calibrationBins, calibrationError } from './calibration.ts';
import { type ClassFigures, classFigures, confusionOf } from './confusion.ts';
import { type Overlap, overlapCounts, overlapOf } from './overlap.ts';
import type { Tally } from './tally.ts';

/** Retrieval in one direction, from summed counts. Null without queries. */
export interface RecallFigures {
  readonly queryCount: number;
  /** One per k. */
  readonly recall: readonly number[] | null;
  readonly meanReciprocalRank: number | null;
}

/** Of ranks from 1: how many queries, how many within each k, and the sum of 1/rank. */
export function recallTally(k: readonly number[]): Tally<readonly number[], RecallFigures> {
  return {
    length: k.length + 2,
    count: (ranks) => {
      const within = k.map((most) => ranks.filter((rank) => rank <= most).length);
      const reciprocal = ranks.reduce((sum, rank) => sum + 1 / rank, 0);
      return Float64Array.of(ranks.length, ...within, reciprocal);
    },
    read: (sum) => {
      const queryCount = sum[0]!;
      if (queryCount === 0) return { queryCount, recall: null, meanReciprocalRank: null };
      const recall = k.map((_, i) => sum[i + 1]! / queryCount);
      return { queryCount, recall, meanReciprocalRank: sum[k.length + 1]! / queryCount };
    },
  };
}

/** Classes of examples. */
export interface Classified {
  readonly actual: readonly number[];
  readonly predicted: readonly number[];
}

/** The confusion matrix. */
export function confusionTally(classes: number): Tally<Classified, ClassFigures> {
  return {
    length: classes * classes,
    count: ({ actual, predicted }) => Float64Array.from(confusionOf(actual, predicted, classes).counts),
    read: (counts) => classFigures({ classes, counts }),
  };
}

/** Probabilities `[N, C]` of examples, and their labels. */
export interface Probabilities {
  readonly probabilities: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/** Expected calibration error. */
export function calibrationTally(bins: number): Tally<Probabilities, number | null> {
  const part = (sum: ArrayLike<number>, at: number): readonly number[] =>
    Array.from({ length: bins }, (_, m) => sum[at * bins + m]!);
  return {
    length: 3 * bins,
    count: ({ probabilities, labels }) => joined(calibrationBins(probabilities, labels, bins)),
    read: (sum) => calibrationError({ counts: part(sum, 0), confidence: part(sum, 1), right: part(sum, 2) }),
  };
}

function joined({ counts, confidence, right }: CalibrationBins): Float64Array {
  return Float64Array.from([counts, confidence, right].flatMap((part) => Array.from(part)));
}

/** A segmented image, flat. */
export interface Segmented {
  readonly actual: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
}

/** Overlap of all cells of all images together; for the mean of the images' own figures there is `meanTally`. */
export function overlapTally(classes: number): Tally<readonly Segmented[], Overlap> {
  return {
    length: 3 * classes,
    count: (images) => {
      const sum = new Float64Array(3 * classes);
      for (const { actual, predicted } of images) {
        const { actual: own, predicted: other, both } = overlapCounts(actual, predicted, classes);
        [own, other, both].forEach((part, i) => {
          for (let c = 0; c < classes; c++) sum[i * classes + c]! += part[c]!;
        });
      }
      return sum;
    },
    read: (sum) => {
      const part = (at: number): readonly number[] => Array.from({ length: classes }, (_, c) => sum[at * classes + c]!);
      return overlapOf({ actual: part(0), predicted: part(1), both: part(2) });
    },
  };
}

/** The mean of a figure that every example has for itself (nDCG, Dice of an image); null ones are left out. */
export const meanTally: Tally<readonly (number | null)[], number | null> = {
  length: 2,
  count: (values) => {
    const defined = values.filter((value) => value !== null);
    return Float64Array.of(
      defined.length,
      defined.reduce((sum, value) => sum + value, 0),
    );
  },
  read: (sum) => (sum[0]! > 0 ? sum[1]! / sum[0]! : null),
};
