/** Zero-shot areas over the pairs of all sites, from histograms of scores that are summed. @module */
import { aucTally, type Binning } from '#client/evaluate/histogram-tallies';
import { meanOfDefined } from '#client/evaluate/mean';
import { retrievalTally } from '../retrieval.ts';
import type { MethodTally } from '../types.ts';
import type { BrgsaConfig } from './config.ts';
import { positivePrompt } from './sentences.ts';
import { zeroShotScoresOf } from './zero-shot.ts';

/** Scores are cosines, and few are below 0. */
const binning: Binning = { low: -1, high: 1, bins: 64 };
const ofClass = aucTally(binning);

/**
 * Of each finding a histogram of the scores with it and one of those without, and behind them the counts of retrieval.
 * Scores of one bin count as tied.
 */
export function zeroShotTally({ brgsa }: BrgsaConfig): MethodTally {
  const { common, rare } = brgsa.findings;
  const names = [...common, ...rare];
  const histograms = names.length * ofClass.length;
  return {
    length: histograms + retrievalTally.length,
    count: async (model, pairs, world) => {
      const scores = await zeroShotScoresOf(model, pairs, names.map(positivePrompt), brgsa.score);
      const labelled = pairs.map(({ labels }) => new Set(labels.map((label) => label.toLowerCase())));
      const byClass = names.map((name, c) =>
        ofClass.count({
          labels: labelled.map((labels) => Number(labels.has(name.toLowerCase()))),
          scores: scores.map((row) => row[c]!), // a score for each class
        }),
      );
      return Float64Array.from(
        [...byClass, await retrievalTally.count(model, pairs, world)].flatMap((part) => [...part]),
      );
    },
    read: (sum) => {
      const counts = Array.from(sum);
      const areas = names.map((_, c) => ofClass.read(counts.slice(c * ofClass.length, (c + 1) * ofClass.length)).auc);
      const zeroShot = {
        all: meanOfDefined(areas),
        common: meanOfDefined(areas.slice(0, common.length)),
        rare: meanOfDefined(areas.slice(common.length)),
      };
      return { zeroShot, ...retrievalTally.read(counts.slice(histograms)) };
    },
  };
}
