/**
 * Federated training on the phantom against each site alone and against all data in one place: recall@5 from image to
 * report over 400 test pairs a site in galleries of 100, the mean over sites and seeds.
 */
import { phantomSiteNames } from '#client/data/phantom/sites';
import { radiographPhantom } from '#client/data/phantom/radiograph/generate';
import { meanOf } from '#client/evaluate/mean';
import type { RetrievalReport } from '#client/evaluate/types';
import { aloneColumns, type Column, type ColumnOptions, federatedColumn, pooledColumn } from './columns.ts';
import type { Bench, BenchOptions, Figure } from './types.ts';

/** The second augmentation that a site alone may use: alone gets the better of the two. */
const stronger = {
  augmentation: { shift: 2, contrast: 0.1, brightness: 0.1, noise: 0.05, shuffleSentences: true },
};

/** One seed's mean over sites, in parts of one. */
interface SeedResult {
  readonly federated: number;
  readonly alone: number;
  readonly aloneStronger: number;
  readonly pooled: number;
  readonly chance: number;
  readonly shuffled: number;
}

export const federated: Bench = {
  name: 'federated',
  title:
    'federated training against each site alone and all data in one place (--seeds 3 --rounds 25 --sites 3 --train-pairs N)',
  async run(options: BenchOptions): Promise<readonly Figure[]> {
    const seeds = Array.from({ length: count(options, 'seeds', 3) }, (_, i) => i + 1);
    const rounds = count(options, 'rounds', 25);
    const sites = phantomSiteNames(count(options, 'sites', 3));
    const short = options['train-pairs'] === undefined ? {} : { trainPairs: count(options, 'train-pairs', 0) };
    const results: SeedResult[] = [];
    for (const seed of seeds) {
      const result = await runSeed({
        method: 'clip',
        phantom: radiographPhantom,
        seed,
        rounds,
        sites,
        config: { seed },
        ...short,
      });
      results.push(result);
      process.stderr.write(`seed ${seed}: ${JSON.stringify(result)}\n`);
    }
    return figuresOf(results);
  },
};

async function runSeed(options: ColumnOptions): Promise<SeedResult> {
  const { columns: joint } = await federatedColumn(options);
  const pooled = await pooledColumn(options);
  const alone = ownOf(await aloneColumns(options));
  const strong = ownOf(await aloneColumns({ ...options, config: { seed: options.seed, ...stronger } }));
  const recall = (columns: readonly Column[], part: 'figures' | 'chance' | 'shuffledImages'): number =>
    meanOf(columns.map(({ report }) => (report as RetrievalReport)[part].imageToReport.recallAt5)); // of clip
  return {
    federated: recall(joint, 'figures'),
    alone: recall(alone, 'figures'),
    aloneStronger: recall(strong, 'figures'),
    pooled: recall(pooled, 'figures'),
    chance: recall(joint, 'chance'),
    shuffled: recall(joint, 'shuffledImages'),
  };
}

/** Each hospital's own model on its own test pairs. */
function ownOf(models: readonly (readonly Column[])[]): readonly Column[] {
  return models.map((columns, i) => columns[i]!); // a row for each site
}

function figuresOf(results: readonly SeedResult[]): readonly Figure[] {
  const of = (pick: (result: SeedResult) => number): readonly number[] => results.map(pick);
  const joint = of((result) => result.federated);
  const weak = of((result) => result.alone);
  const strong = of((result) => result.aloneStronger);
  const [alone, augmentation] = meanOf(weak) >= meanOf(strong) ? [weak, 'plain'] : [strong, 'stronger'];
  const pooled = of((result) => result.pooled);
  const chance = of((result) => result.chance);
  const shuffled = of((result) => result.shuffled);
  return [
    ...ratio('federated / alone', joint, alone, 1.15, `alone, ${augmentation} augmentation`),
    ...ratio('federated / all data in one place', joint, pooled, 0.85, 'all data in one place'),
    ...ratio('federated / chance', joint, chance, 2, 'chance'),
    {
      name: 'federated, test images of other patients / chance',
      value: meanOf(shuffled) / meanOf(chance),
      unit: 'x',
      better: 'lower',
      reach: 1.2,
      reference: { name: 'with their own images', value: meanOf(joint) / meanOf(chance), measured: 'this run' },
    },
    percent('federated, recall@5', joint),
    percent('alone, plain augmentation, recall@5', weak),
    percent('alone, stronger augmentation, recall@5', strong),
    percent('all data in one place, recall@5', pooled),
  ];
}

/** The ratio of the means, and the least and the greatest of single seeds. */
function ratio(
  name: string,
  values: readonly number[],
  references: readonly number[],
  reach: number,
  referenceName: string,
): readonly Figure[] {
  const single = values.map((value, i) => value / references[i]!);
  const reference = { name: referenceName, value: 1, measured: 'this run' };
  const figure = (suffix: string, value: number, goal: number | null): Figure => ({
    name: `${name}${suffix}`,
    value,
    unit: 'x',
    better: 'higher',
    reach: goal,
    reference,
  });
  return [
    figure('', meanOf(values) / meanOf(references), reach),
    figure(', least of the seeds', Math.min(...single), null),
    figure(', greatest of the seeds', Math.max(...single), null),
  ];
}

function percent(name: string, values: readonly number[]): Figure {
  const reference = { name: 'chance', value: 5, measured: 'five of a gallery of 100' };
  return { name, value: 100 * meanOf(values), unit: '%', better: 'higher', reach: null, reference };
}

function count(options: BenchOptions, name: string, standard: number): number {
  const given = options[name];
  const value = given === undefined ? standard : Number(given);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} takes a number from 1 on`);
}
