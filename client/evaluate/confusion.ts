/**
 * Predicted classes against actual ones, counted. All figures of a classifier that gives classes come from these counts,
 * and counts of sites add up.
 *
 * @module
 */
import { meanOfDefined } from './mean.ts';

/** `counts[actual * classes + predicted]`. */
export interface Confusion {
  readonly classes: number;
  readonly counts: ArrayLike<number>;
}

/** Counts class indices below `classes`. */
export function confusionOf(actual: readonly number[], predicted: readonly number[], classes: number): Confusion {
  const counts = new Float64Array(classes * classes);
  actual.forEach((own, i) => counts[own * classes + predicted[i]!]!++);
  return { classes, counts };
}

/** F1 and recall of each class, their means, and the share of right predictions. */
export interface ClassFigures {
  /** 2 TP / (2 TP + FP + FN); null for a class neither seen nor predicted, 0 for one predicted but never seen. */
  readonly f1: readonly (number | null)[];
  readonly macroF1: number | null;
  /** Null for a class never seen. */
  readonly recall: readonly (number | null)[];
  readonly macroRecall: number | null;
  readonly accuracy: number | null;
  /** Mean exp(|actual - predicted|) of ordered classes; a perfect predictor has 1. */
  readonly maee: number | null;
}

/** The figures of the counts. */
export function classFigures({ classes, counts }: Confusion): ClassFigures {
  const every = Array.from({ length: classes }, (_, c) => c);
  const at = (actual: number, predicted: number): number => counts[actual * classes + predicted]!;
  const seen = every.map((c) => sumOver(every, (other) => at(c, other)));
  const predicted = every.map((c) => sumOver(every, (other) => at(other, c)));
  const f1 = every.map((c) => ratio(2 * at(c, c), seen[c]! + predicted[c]!));
  const recall = every.map((c) => ratio(at(c, c), seen[c]!));
  const total = sumOver(seen, (count) => count);
  const errors = sumOver(every, (a) => sumOver(every, (p) => at(a, p) * Math.exp(Math.abs(a - p))));
  return {
    f1,
    macroF1: meanOfDefined(f1),
    recall,
    macroRecall: meanOfDefined(recall),
    accuracy: ratio(
      sumOver(every, (c) => at(c, c)),
      total,
    ),
    maee: ratio(errors, total),
  };
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function sumOver(items: readonly number[], value: (item: number) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
