/**
 * Areas under the ROC curve of zero-shot scores: of each class, their means over common and over rare classes apart, and
 * how sure those means are. A class without a positive or without a negative has none and is not in a mean.
 *
 * @module
 */
import type { Random } from '#client/data/random';
import type { Pair } from '#client/data/types';
import { patientBootstrap } from '#client/evaluate/bootstrap';
import { meanOfDefined } from '#client/evaluate/mean';
import type { Figures } from '#client/evaluate/types';

/** The classes of each group, by their labels; scores have the common ones first. */
export interface Classes {
  readonly common: readonly string[];
  readonly rare: readonly string[];
}

/** Figures and chance under the same names. */
export interface ZeroShotFigures {
  readonly figures: Figures;
  readonly chance: Figures;
}

/** A class's examples in the order of their scores, from the least; ties stand together. */
interface Ranked {
  readonly order: readonly number[];
  readonly scores: readonly number[];
  readonly labels: readonly number[];
}

/**
 * `all`, `common` and `rare`, the ends of their 95 % intervals (by resampling patients), and `classes` one by one.
 * `scores` is `[N, C]`; labels are compared without regard to case.
 */
export function zeroShotFigures(
  { common, rare }: Classes,
  pairs: readonly Pick<Pair, 'labels' | 'patientId'>[],
  scores: readonly (readonly number[])[],
  random: Random,
): ZeroShotFigures {
  const names = [...common, ...rare];
  const labelled = pairs.map(({ labels }) => new Set(labels.map((label) => label.toLowerCase())));
  const classes = names.map((name, c) =>
    ranked(
      labelled.map((labels) => Number(labels.has(name.toLowerCase()))),
      scores.map((row) => row[c]!), // a score for each class
    ),
  );
  const groups = { all: classes, common: classes.slice(0, common.length), rare: classes.slice(common.length) };
  const everybody = pairs.map(() => 1);
  const perClass = classes.map((one) => weightedAuc(one, everybody));
  const intervals = Object.entries(groups).map(([name, group]) => [name, interval(group, pairs, random)] as const);
  const figures = {
    ...Object.fromEntries(intervals.map(([name, { estimate }]) => [name, estimate])),
    low: Object.fromEntries(intervals.map(([name, { low }]) => [name, low])),
    high: Object.fromEntries(intervals.map(([name, { high }]) => [name, high])),
    classes: Object.fromEntries(names.map((name, c) => [name, perClass[c]!])), // one for each
  };
  const half = Object.fromEntries(Object.keys(groups).map((name) => [name, 0.5]));
  return { figures, chance: half };
}

/** Of the mean over a group's classes. */
function interval(
  group: readonly Ranked[],
  pairs: readonly Pick<Pair, 'patientId'>[],
  random: Random,
): ReturnType<typeof patientBootstrap> {
  const patientIds = pairs.map(({ patientId }) => patientId);
  return patientBootstrap(
    patientIds,
    (examples) => {
      const times = new Array<number>(pairs.length).fill(0);
      for (const at of examples) times[at]!++;
      return meanOfDefined(group.map((one) => weightedAuc(one, times)));
    },
    random,
  );
}

function ranked(labels: readonly number[], scores: readonly number[]): Ranked {
  const order = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]!);
  return { order, scores, labels };
}

/**
 * The area under the ROC curve of examples that each count `times`: the share of pairs of a positive and a negative that
 * the scores order rightly, a tie being one half. Null without a positive or without a negative.
 */
export function weightedAuc({ order, scores, labels }: Ranked, times: readonly number[]): number | null {
  let [pairs, below, positives] = [0, 0, 0];
  for (let at = 0; at < order.length;) {
    const score = scores[order[at]!]!;
    let [up, down] = [0, 0];
    for (; at < order.length && scores[order[at]!] === score; at++) {
      const example = order[at]!;
      if (labels[example] === 1) up += times[example]!;
      else down += times[example]!;
    }
    pairs += up * (below + down / 2);
    below += down;
    positives += up;
  }
  return positives === 0 || below === 0 ? null : pairs / (positives * below);
}
