/** How well severity follows the grades of all sites together, from a table of grades and bins that is summed. @module */
import { type Binning, severityTally as tableOf } from '#client/evaluate/histogram-tallies';
import { outputNamed } from '../outputs.ts';
import type { MethodTally } from '../types.ts';
import type { SemiseSection } from './config.ts';
import { gradedOf } from './grades.ts';

const bins = 64;

/** Spearman's correlation over the graded images of all sites, scores of one bin tied; null while no site counts any. */
export function severityTally({ grades }: SemiseSection): MethodTally {
  // A distance to health is at most 2, the expected grade of the supervised control at most grades - 1.
  const binning: Binning = { low: 0, high: Math.max(2, grades - 1), bins };
  const table = tableOf(grades, binning);
  return {
    length: table.length,
    count: async (model, pairs) => {
      const graded = gradedOf(pairs, grades);
      const outputs = graded.length === 0 ? {} : await model.images(graded.map(({ pair }) => pair));
      const scores = graded.length === 0 ? [] : outputNamed(outputs, 'severity').map(([score = Number.NaN]) => score);
      // Without a prototype there is no severity, and nothing is counted.
      if (!scores.every(Number.isFinite)) return new Float64Array(table.length);
      return table.count({ grades: graded.map(({ grade }) => grade), scores });
    },
    read: (sum) => ({ severity: { spearman: table.read(sum) } }),
  };
}
