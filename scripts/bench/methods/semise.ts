/**
 * SEMISE on graded radiographs of which one in twenty is graded, beside NT-Xent alone and beside cross-entropy on the few
 * graded ones; then the harder phantom, a segmentation that begins with the encoder, and of real images (`--real`) Brixia scores.
 */
import { hardSeverityPhantom, severityPhantom } from '#client/data/phantom/severity/generate';
import { severityMeasures } from '#client/methods/semise/severity-report';
import { demonstrations } from '../../start/demonstrations.ts';
import { federatedColumn } from '../columns.ts';
import type { BenchOptions, Figure } from '../types.ts';
import { brixiaScores } from './semise-real.ts';
import { segmentationFigures } from './semise-segmentation.ts';
import { armFigure, bySeed, difference, ofHospitals, overHospitals, wins } from './figures.ts';
import type { Arm, MethodBench, SeedResult } from './types.ts';

const { config, rounds } = demonstrations['semise']!; // it is there, beside every method

const own: Arm = { name: 'SEMISE', method: 'semise', config };
const contrast: Arm = { name: 'NT-Xent alone', method: 'semise', config: { ...config, semise: { alpha: 1 } } };
const supervised: Arm = {
  name: 'supervised',
  method: 'semise',
  config: { ...config, semise: { objective: 'supervised' } },
};

const spearman = 'severity.spearman';

export const semiseBench: MethodBench = {
  method: 'semise',
  phantom: severityPhantom,
  rounds,
  testPairs: 300,
  headline: severityMeasures[0]!, // Spearman
  own,
  controls: [contrast, supervised],
  claims: (seeds) => [
    difference('Spearman minus NT-Xent alone', of(seeds, own, spearman), of(seeds, contrast, spearman), 0.2),
    difference('Spearman minus supervised', of(seeds, own, spearman), of(seeds, supervised, spearman), 0),
    wins('Spearman above supervised', of(seeds, own, spearman), of(seeds, supervised, spearman), 'higher', 0),
    ...[own, contrast, supervised].flatMap((arm) => plain(seeds, arm)),
  ],
  extra: async (options) => [...(await harder(options)), ...(await segmentationFigures(own))],
  real: brixiaScores(rounds, [own, contrast, supervised]),
};

function of(seeds: readonly SeedResult[], { name }: Arm, path: string): readonly number[] {
  return bySeed(seeds, name, path);
}

/** An arm's figures, and the worst hospital's Spearman. */
function plain(seeds: readonly SeedResult[], arm: Arm): readonly Figure[] {
  const worst = seeds.map((seed) => Math.min(...ofHospitals(seed.arms[arm.name]!.columns, spearman))); // it was trained
  return [
    ...severityMeasures.map(({ path, better }) => armFigure(`${arm.name}, ${path}`, of(seeds, arm, path), better)),
    armFigure(`${arm.name}, ${spearman}, worst hospital`, worst, 'higher'),
  ];
}

/** Fainter pneumonia beside other findings: printed, not claimed. As many seeds as `--hard` says, by default one. */
async function harder(options: BenchOptions): Promise<readonly Figure[]> {
  const seeds = Array.from({ length: Number(options['hard'] ?? 1) }, (_, i) => i + 1);
  const figures: Figure[] = [];
  for (const arm of [own, contrast, supervised]) {
    const values: number[] = [];
    for (const seed of seeds) {
      const sites = ['north', 'south', 'west'];
      const section = { ...arm.config, seed };
      const { columns } = await federatedColumn({
        ...{ method: arm.method, config: section, phantom: hardSeverityPhantom, seed, rounds, sites, testPairs: 300 },
      });
      values.push(overHospitals(columns, spearman));
    }
    figures.push(armFigure(`harder phantom, ${arm.name}, ${spearman}, ${seeds.length} seeds`, values, 'higher'));
  }
  const reference = { name: 'NT-Xent alone', value: figures[1]!.value, measured: 'this run' }; // the second arm
  return figures.map((figure, i) => (i === 0 ? { ...figure, reference } : figure));
}
