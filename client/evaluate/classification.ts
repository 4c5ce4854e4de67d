/**
 * How well scores and predictions fit labels. N examples, C classes. A figure that the examples do not define is null,
 * never 0.
 *
 * Sources: Mann and Whitney 1947 for the area under the ROC curve.
 *
 * @module
 */
import { expectFinite } from './finite.ts';
import { meanOf, meanOfDefined } from './mean.ts';

/**
 * The area under the ROC curve: the share of pairs of a positive and a negative that the scores order rightly, a tie
 * being one half. Null without a positive or without a negative. Labels are 1 or 0.
 */
export function auc(labels: readonly number[], scores: readonly number[]): number | null {
  const groups = scoreGroups(labels, scores).toReversed();
  let [pairs, below, positives] = [0, 0, 0];
  for (const group of groups) {
    pairs += group.positives * (below + group.negatives / 2);
    below += group.negatives;
    positives += group.positives;
  }
  return positives === 0 || below === 0 ? null : pairs / (positives * below);
}

/** A figure for each class, and the mean of those that are defined. */
export interface PerClass {
  readonly perClass: readonly (number | null)[];
  readonly macro: number | null;
}

/** `auc` of each of C labels; labels and scores `[N, C]`. */
export function multiLabelAuc(
  labels: readonly (readonly number[])[],
  scores: readonly (readonly number[])[],
): PerClass {
  const perClass = (labels[0] ?? []).map((_, c) =>
    auc(
      labels.map((row) => row[c]!),
      scores.map((row) => row[c]!),
    ),
  );
  return { perClass, macro: meanOfDefined(perClass) };
}

/** Σ (R_n - R_{n-1}) P_n over the distinct scores as thresholds, from the greatest. Null without a positive. */
export function averagePrecision(labels: readonly number[], scores: readonly number[]): number | null {
  const all = labels.filter((label) => label === 1).length;
  if (all === 0) return null;
  let [found, taken, sum] = [0, 0, 0];
  for (const { positives, negatives } of scoreGroups(labels, scores)) {
    found += positives;
    taken += positives + negatives;
    sum += (positives / all) * (found / taken);
  }
  return sum;
}

/** The share of right predictions. */
export function accuracy(actual: readonly number[], predicted: readonly number[]): number {
  return meanOf(actual.map((label, i) => Number(label === predicted[i])));
}

/** mean(1[text right] · 1[vision wrong]): how much a second branch knows that the first does not (CLIP-IT's Ω). */
export function complementarity(actual: readonly number[], vision: readonly number[], text: readonly number[]): number {
  return meanOf(actual.map((label, i) => Number(text[i] === label && vision[i] !== label)));
}

/** The index of the greatest number, the lowest of equal ones. @throws UsageError (notFinite) */
export function argMax(values: readonly number[]): number {
  expectFinite(values);
  return values.indexOf(Math.max(...values));
}

/** How many of each kind have one score. */
export interface ScoreGroup {
  readonly score: number;
  readonly positives: number;
  readonly negatives: number;
}

/** The distinct scores from the greatest down, with their labels counted. @throws UsageError (notFinite) */
export function scoreGroups(labels: readonly number[], scores: readonly number[]): readonly ScoreGroup[] {
  expectFinite(scores);
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
  const groups: { score: number; positives: number; negatives: number }[] = [];
  for (const at of order) {
    const score = scores[at]!;
    if (groups.at(-1)?.score !== score) groups.push({ score, positives: 0, negatives: 0 });
    const group = groups.at(-1)!; // just made
    if (labels[at] === 1) group.positives++;
    else group.negatives++;
  }
  return groups;
}
