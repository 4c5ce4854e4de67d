/**
 * Whether a score means what it says: expected calibration error, a threshold and a probability for raw scores. Both are
 * chosen on validation examples and used on others: chosen on the examples that they are judged by, they flatter.
 *
 * Sources: Guo et al. 2017 (arXiv 1706.04599), equation 3; Platt 1999 for the logistic curve.
 *
 * @module
 */
import { argMax, scoreGroups } from './classification.ts';

/** Of each bin of confidence: how many, their confidences summed, how many are right. */
export interface CalibrationBins {
  readonly counts: ArrayLike<number>;
  readonly confidence: ArrayLike<number>;
  readonly right: ArrayLike<number>;
}

/**
 * Examples by their confidence, the greatest of `probabilities` `[N, C]` (the lowest class on ties), in bins
 * ((m-1)/M, m/M]; confidence 0 is in the first.
 */
export function calibrationBins(
  probabilities: readonly (readonly number[])[],
  labels: readonly number[],
  bins: number,
): CalibrationBins {
  const [counts, confidence, right] = [new Float64Array(bins), new Float64Array(bins), new Float64Array(bins)];
  probabilities.forEach((row, i) => {
    const best = argMax(row);
    const bin = binOf(row[best]!, bins);
    counts[bin]!++;
    confidence[bin]! += row[best]!;
    right[bin]! += Number(best === labels[i]);
  });
  return { counts, confidence, right };
}

/** Σ_m |right_m - confidence_m| / N; null of nothing. */
export function calibrationError({ counts, confidence, right }: CalibrationBins): number | null {
  let [total, gap] = [0, 0];
  for (let m = 0; m < counts.length; m++) {
    total += counts[m]!;
    gap += Math.abs(right[m]! - confidence[m]!);
  }
  return total === 0 ? null : gap / total;
}

/** The number of the bin whose upper bound is the first not below `confidence`; the product may be off by one rounding. */
function binOf(confidence: number, bins: number): number {
  const near = Math.ceil(confidence * bins);
  const upper = [near - 1, near, near + 1].find((m) => confidence <= m / bins) ?? near;
  return Math.min(bins, Math.max(1, upper)) - 1;
}

/**
 * The threshold whose point on the ROC curve is nearest to the corner of no error; a score at or above it is positive.
 * Of equally near ones the greatest. Null without a positive or a negative.
 */
export function thresholdNearestCorner(labels: readonly number[], scores: readonly number[]): number | null {
  const positives = labels.filter((label) => label === 1).length;
  const negatives = labels.length - positives;
  if (positives === 0 || negatives === 0) return null;
  let [hits, alarms, nearest] = [0, 0, Infinity];
  let threshold = Infinity;
  for (const group of scoreGroups(labels, scores)) {
    hits += group.positives;
    alarms += group.negatives;
    const distance = Math.hypot(1 - hits / positives, alarms / negatives);
    if (distance < nearest) [nearest, threshold] = [distance, group.score];
  }
  return threshold;
}

/** probability = σ(slope · score + offset). */
export interface Logistic {
  readonly slope: number;
  readonly offset: number;
}

/**
 * The logistic curve of greatest likelihood through labels and scores, its targets drawn in a little as Platt does, so
 * that it is finite where the scores separate the labels. Null without a positive or a negative.
 */
export function fitLogistic(labels: readonly number[], scores: readonly number[]): Logistic | null {
  const positives = labels.filter((label) => label === 1).length;
  const negatives = labels.length - positives;
  if (positives === 0 || negatives === 0) return null;
  const targets = labels.map((label) => (label === 1 ? (positives + 1) / (positives + 2) : 1 / (negatives + 2)));
  const { mean, sd } = standard(scores);
  const z = scores.map((score) => (score - mean) / sd);
  let curve: Logistic = { slope: 0, offset: Math.log((positives + 1) / (negatives + 1)) };
  for (let step = 0; step < 100; step++) {
    const next = newtonStep(curve, z, targets);
    const moved = Math.abs(next.slope - curve.slope) + Math.abs(next.offset - curve.offset);
    curve = next;
    if (moved < 1e-10) break;
  }
  return { slope: curve.slope / sd, offset: curve.offset - (curve.slope * mean) / sd };
}

/** The probability that the curve gives a score. */
export function logisticProbability({ slope, offset }: Logistic, score: number): number {
  return 1 / (1 + Math.exp(-(slope * score + offset)));
}

/** One step of Newton's method, halved until the likelihood does not fall, so that it converges from anywhere. */
function newtonStep(curve: Logistic, z: readonly number[], targets: readonly number[]): Logistic {
  let [g0, g1, h00, h01, h11] = [0, 0, 1e-9, 0, 1e-9];
  z.forEach((x, i) => {
    const p = logisticProbability(curve, x);
    const [error, weight] = [p - targets[i]!, p * (1 - p)];
    g0 += error;
    g1 += error * x;
    h00 += weight;
    h01 += weight * x;
    h11 += weight * x * x;
  });
  const determinant = h00 * h11 - h01 * h01;
  const [offset, slope] = [(h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant];
  const before = crossEntropy(curve, z, targets);
  for (let share = 1; share > 1e-9; share /= 2) {
    const next = { slope: curve.slope - share * slope, offset: curve.offset - share * offset };
    if (crossEntropy(next, z, targets) <= before) return next;
  }
  return curve;
}

/** -Σ (t log p + (1 - t) log(1 - p)), as softplus. */
function crossEntropy({ slope, offset }: Logistic, z: readonly number[], targets: readonly number[]): number {
  return z.reduce((sum, x, i) => {
    const logit = slope * x + offset;
    return sum + Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - targets[i]! * logit;
  }, 0);
}

function standard(values: readonly number[]): { readonly mean: number; readonly sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, sd: variance > 0 ? Math.sqrt(variance) : 1 };
}
