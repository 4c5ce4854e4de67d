/**
 * How well a severity score follows the grades.
 *
 * Source: Spearman 1904, with tied ranks averaged; MAEE as in ConPrO's released code (arXiv 2404.18831).
 *
 * @module
 */
import { expectFinite } from './finite.ts';
import { meanOf } from './mean.ts';

/** The mean of exp(|actual - predicted|): 1 for a perfect predictor, and a miss by two counts far more than two by one. */
export function maee(actual: readonly number[], predicted: readonly number[]): number {
  return meanOf(actual.map((grade, i) => Math.exp(Math.abs(grade - predicted[i]!))));
}

/** The correlation of ranks; null where one side is the same for all, or nothing is there. */
export function spearman(a: readonly number[], b: readonly number[]): number | null {
  return pearson(averageRanks(a), averageRanks(b));
}

/** Ranks from 1 up; equal values have the mean of their ranks. @throws UsageError (notFinite) */
export function averageRanks(values: readonly number[]): readonly number[] {
  expectFinite(values);
  const order = [...values.keys()].sort((i, j) => values[i]! - values[j]!);
  const ranks = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (const at of order.slice(from, to)) ranks[at] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

function pearson(a: readonly number[], b: readonly number[]): number | null {
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, i) => {
    const [x, y] = [value - meanA, b[i]! - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  });
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : null;
}
