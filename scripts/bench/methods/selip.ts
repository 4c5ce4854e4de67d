/** SeLIP on phantom head MRI, beside plain CLIP and beside itself without the soft term; with `--real`, chest radiographs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { headPhantom } from '#client/data/phantom/head/generate';
import { meanOf } from '#client/evaluate/mean';
import { figureAt } from '#client/evaluate/figures';
import type { MethodReport } from '#client/evaluate/types';
import type { Defaults } from '#client/methods/config';
import { selipMeasures } from '#client/methods/selip/selip-report';
import { startTrainer } from '#client/train/trainer';
import { demonstrations } from '../../start/demonstrations.ts';
import type { BenchOptions, Figure } from '../types.ts';
import { armFigure, bySeed, difference, wins } from './figures.ts';
import type { Arm, MethodBench, SeedResult } from './types.ts';

const own: Arm = { name: 'SeLIP', method: 'selip', config: {} };

/** The same encoders on the same lines and batches. */
const softOff: Arm = { name: 'soft term off', method: 'selip', config: { selip: { klWeight: 0 } } };

/** What CLIP trains: whole reports, any batch, a trained scale, one learning rate; measured as SeLIP is. */
const clip: Arm = {
  name: 'CLIP',
  method: 'selip',
  config: {
    text: { length: 72 },
    selip: { klWeight: 0, texts: 'reports', distinctTexts: false, scale: 10, trainedScale: true, textRate: 1 },
  },
};

const paths = { ndcg: 'ndcgAt10', relevance: 'relevanceAt5', exact: 'exactText.recallAt5' } as const;

export const selipBench: MethodBench = {
  method: 'selip',
  phantom: headPhantom,
  rounds: demonstrations['selip']!.rounds, // it is there, beside every method
  headline: selipMeasures[0]!, // nDCG@10
  own,
  controls: [clip, softOff],
  claims: (seeds) => [...claimsAgainst(clip, seeds), ...claimsAgainst(softOff, seeds), ...plain(seeds)],
  extra: (options) => (options['real'] === undefined ? Promise.resolve([]) : realFigures(options)),
};

function claimsAgainst({ name }: Arm, seeds: readonly SeedResult[]): readonly Figure[] {
  const of = (arm: string, path: string): readonly number[] => bySeed(seeds, arm, path);
  const claimed = name === clip.name ? 4 : 0; // of 5 seeds; the paper's control is CLIP
  return [
    wins(`nDCG@10 above ${name}`, of(own.name, paths.ndcg), of(name, paths.ndcg), 'higher', claimed),
    difference(`nDCG@10 minus ${name}`, of(own.name, paths.ndcg), of(name, paths.ndcg), null),
    wins(`relevance of the top 5 above ${name}`, of(own.name, paths.relevance), of(name, paths.relevance), 'higher', claimed), // prettier-ignore
    difference(`relevance of the top 5 minus ${name}`, of(own.name, paths.relevance), of(name, paths.relevance), null),
    difference(`exact-text recall@5 minus ${name}`, of(own.name, paths.exact), of(name, paths.exact), -0.04),
  ];
}

/** The figures themselves, arm by arm. */
function plain(seeds: readonly SeedResult[]): readonly Figure[] {
  return [own, clip, softOff].flatMap(({ name }) =>
    Object.values(paths).map((path) => armFigure(`${name}, ${path}`, bySeed(seeds, name, path), 'higher')),
  );
}

const cxr = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'data', 'cxr_covid', 'pairs.csv');

/** Chest radiographs with clinical notes, in two dimensions, all in one place: figures as they come, over three seeds. */
async function realFigures(options: BenchOptions): Promise<readonly Figure[]> {
  const csv = typeof options['real'] === 'string' ? options['real'] : cxr;
  if (!existsSync(csv)) throw new Error(`${csv} is missing: give --real the path of a pairs.csv of chest radiographs`);
  const arms = realArms.map(async ({ name, selip }) => {
    const reports: MethodReport[] = [];
    for (const seed of [1, 2, 3]) reports.push(await realReport(csv, selip, seed));
    return selipMeasures.slice(0, 3).map(({ path, better }) => {
      const values = reports.map(({ figures }) => figureAt(figures, path) ?? NaN);
      const chance = meanOf(reports.map((report) => figureAt(report.chance, path) ?? NaN));
      const size = `${reports[0]!.pairCount} test pairs`; // three seeds
      const figure = armFigure(`real radiographs, ${name}, ${path}, ${size}`, values, better);
      return { ...figure, reference: { name: 'guessing', value: chance, measured: 'this run' } };
    });
  });
  return (await Promise.all(arms)).flat();
}

const realArms: readonly { readonly name: string; readonly selip: Defaults }[] = [
  { name: own.name, selip: { codeBook: 'chest-en-1' } },
  { name: softOff.name, selip: { codeBook: 'chest-en-1', klWeight: 0 } },
];

async function realReport(csv: string, selip: Defaults, seed: number): Promise<MethodReport> {
  const { real, rounds } = demonstrations['selip']!; // as above
  const trainer = await startTrainer({
    method: 'selip',
    config: { ...real, selip, seed },
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
