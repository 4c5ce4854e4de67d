/**
 * Figures of orders, which counts alone do not give: scores fall into bins that every site has in common, histograms are
 * added, and scores of one bin count as tied. The figure is exactly that of the binned scores; how far that can be from
 * the figure of the scores themselves is known from the counts.
 *
 * @module
 */
import { expectFinite } from './finite.ts';
import type { Tally } from './tally.ts';

/** The bins of a plan: `bins` of equal width from `low` to `high`; what lies outside is in the first or the last. */
export interface Binning {
  readonly low: number;
  readonly high: number;
  readonly bins: number;
}

/** The number of a score's bin. */
export function binOf(score: number, { low, high, bins }: Binning): number {
  return Math.min(bins - 1, Math.max(0, Math.floor(((score - low) / (high - low)) * bins)));
}

/** Examples of one label. */
export interface Scored {
  /** 1 or 0. */
  readonly labels: readonly number[];
  readonly scores: readonly number[];
}

/** Null without a positive or a negative. */
export interface HistogramAuc {
  readonly auc: number | null;
  /** The area of the scores themselves lies between these: pairs within a bin all wrong, or all right. */
  readonly atLeast: number | null;
  readonly atMost: number | null;
  /** The lower end of the bin from which the ROC curve is nearest to its corner. */
  readonly threshold: number | null;
}

/** The area under the ROC curve, and a threshold, from a histogram of the positives and one of the negatives. */
export function aucTally(binning: Binning): Tally<Scored, HistogramAuc> {
  const { low, high, bins } = binning;
  return {
    length: 2 * bins,
    count: ({ labels, scores }) => {
      expectFinite(scores);
      const counts = new Float64Array(2 * bins);
      scores.forEach((score, i) => counts[binOf(score, binning) + (labels[i] === 1 ? 0 : bins)]!++);
      return counts;
    },
    read: (sum) => {
      const positives = total(sum, 0, bins);
      const negatives = total(sum, bins, 2 * bins);
      if (positives === 0 || negatives === 0) return { auc: null, atLeast: null, atMost: null, threshold: null };
      let [right, tied, below] = [0, 0, 0];
      let [nearest, best] = [Infinity, 0];
      for (let bin = 0, missed = 0; bin < bins; bin++) {
        const distance = Math.hypot(missed / positives, 1 - below / negatives);
        if (distance <= nearest) [nearest, best] = [distance, bin];
        right += sum[bin]! * below;
        tied += sum[bin]! * sum[bins + bin]!;
        below += sum[bins + bin]!;
        missed += sum[bin]!;
      }
      const pairs = positives * negatives;
      return {
        auc: (right + tied / 2) / pairs,
        atLeast: right / pairs,
        atMost: (right + tied) / pairs,
        threshold: low + (best * (high - low)) / bins,
      };
    },
  };
}

/** Scores of graded examples; grades are whole numbers from 0. */
export interface GradedScores {
  readonly grades: readonly number[];
  readonly scores: readonly number[];
}

/** Spearman's correlation of score and grade from a table of grades (rows) and bins; null where either is constant. */
export function severityTally(grades: number, binning: Binning): Tally<GradedScores, number | null> {
  const { bins } = binning;
  return {
    length: grades * bins,
    count: (input) => {
      expectFinite(input.scores);
      const counts = new Float64Array(grades * bins);
      input.scores.forEach((score, i) => counts[input.grades[i]! * bins + binOf(score, binning)]!++);
      return counts;
    },
    read: (table) => {
      const byGrade = Array.from({ length: grades }, (_, g) => total(table, g * bins, (g + 1) * bins));
      const byBin = Array.from({ length: bins }, (_, b) => {
        const column = Array.from({ length: grades }, (__, g) => table[g * bins + b]!);
        return total(column, 0, grades);
      });
      const [gradeRanks, binRanks] = [centredRanks(byGrade), centredRanks(byBin)];
      const square = (counts: readonly number[], ranks: readonly number[]): number =>
        counts.reduce((sum, count, i) => sum + count * ranks[i]! ** 2, 0);
      const product = gradeRanks.reduce(
        (sum, rank, g) => sum + rank * binRanks.reduce((inner, other, b) => inner + other * table[g * bins + b]!, 0),
        0,
      );
      const size = square(byGrade, gradeRanks) * square(byBin, binRanks);
      return size > 0 ? product / Math.sqrt(size) : null;
    },
  };
}

/** The mean rank of each group of ties, less the mean of all ranks. */
function centredRanks(counts: readonly number[]): readonly number[] {
  const middle = (total(counts, 0, counts.length) + 1) / 2;
  let before = 0;
  return counts.map((count) => {
    const rank = before + (count + 1) / 2 - middle;
    before += count;
    return rank;
  });
}

function total(values: ArrayLike<number>, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i]!;
  return sum;
}
