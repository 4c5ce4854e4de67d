/** MCR and its control on real chest radiographs with clinical notes, all in one place: figures as they come. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { meanOf } from '#client/evaluate/mean';
import { figureAt } from '#client/evaluate/figures';
import type { MethodReport } from '#client/evaluate/types';
import type { Defaults } from '#client/methods/config';
import { retrievalMeasures } from '#client/methods/retrieval';
import { startTrainer } from '#client/train/trainer';
import { demonstrations, realReports } from '../../start/demonstrations.ts';
import type { BenchOptions, Figure } from '../types.ts';
import { armFigure } from './figures.ts';

const cxr = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'data', 'cxr_covid', 'pairs.csv');

const arms: Readonly<Record<string, Defaults>> = { mcr: {}, dual: { input: 'dual' } };
const seeds = [1, 2, 3];

/** Recall@5 both ways beside guessing. @throws Error if the pairs are missing */
export async function realFigures({ real }: BenchOptions): Promise<readonly Figure[]> {
  const csv = typeof real === 'string' ? real : cxr;
  if (!existsSync(csv)) throw new Error(`${csv} is missing: give --real the path of a pairs.csv of chest radiographs`);
  const figures: Figure[] = [];
  for (const [name, mcr] of Object.entries(arms)) {
    const reports: MethodReport[] = [];
    for (const seed of seeds) reports.push(await reportOf(csv, mcr, seed));
    for (const { path, better } of retrievalMeasures.filter((measure) => measure.path.endsWith('At5'))) {
      const at = (which: 'figures' | 'chance'): readonly number[] =>
        reports.map((report) => figureAt(report[which], path) ?? NaN);
      const title = `real radiographs, ${name}, ${path}, ${reports[0]!.pairCount} test pairs`; // three seeds
      const reference = { name: 'guessing', value: meanOf(at('chance')), measured: 'this run' };
      figures.push({ ...armFigure(title, at('figures'), better), reference });
    }
  }
  return figures;
}

async function reportOf(csv: string, mcr: Defaults, seed: number): Promise<MethodReport> {
  const { config, rounds } = demonstrations['mcr']!; // of the list
  const trainer = await startTrainer({
    method: 'mcr',
    config: { ...config, ...realReports, mcr, seed },
    rounds,
    data: { csv },
    seed,
  });
  try {
    return await trainer.evaluate(await trainer.trainAlone());
  } finally {
    await trainer.dispose();
  }
}
