/** BrgSA against CLIP on the same statements of the same reports. */
import { chestPhantom } from '#client/data/phantom/chest/generate';
import { meanOf } from '#client/evaluate/mean';
import { figureAt } from '#client/evaluate/figures';
import { brgsaMeasures } from '#client/methods/brgsa/report';
import type { Defaults } from '#client/methods/config';
import type { Column } from '../columns.ts';
import type { Figure } from '../types.ts';
import { armFigure, bySeed, difference, wins } from './figures.ts';
import type { Arm, MethodBench, SeedResult } from './types.ts';

const own = armOf('brgsa', {});
/** CLIP's own loss, its scale begun at 10 and trained. */
const clip = armOf('clip', { bankRows: 0, trainedScale: true });
const arms = [own, clip];

function armOf(name: string, brgsa: Defaults): Arm {
  return { name, method: 'brgsa', config: { brgsa } };
}

const [headline] = brgsaMeasures;

export const brgsaBench: MethodBench = {
  method: 'brgsa',
  phantom: chestPhantom,
  rounds: 25,
  testPairs: 200,
  headline: headline!, // the first of several
  own,
  controls: [clip],
  claims,
};

function claims(seeds: readonly SeedResult[]): readonly Figure[] {
  const at = (arm: Arm, path: string): readonly number[] => bySeed(seeds, arm.name, path);
  const auc = (group: string, arm: Arm): Figure => {
    const path = `zeroShot.${group}`;
    const half = patientHalfInterval(seeds, arm, group);
    return armFigure(`zero-shot AUC, ${group}, ${arm.name} (patients ± ${half.toFixed(3)})`, at(arm, path), 'higher');
  };
  return [
    wins('modality gap smaller than of clip', at(own, 'gap.distance'), at(clip, 'gap.distance'), 'lower', 5),
    wins('modality gap of what is read smaller', at(own, 'readGap.distance'), at(clip, 'gap.distance'), 'lower', 5),
    difference('zero-shot AUC, all, above clip', at(own, 'zeroShot.all'), at(clip, 'zeroShot.all'), -0.02),
    ...['all', 'common', 'rare'].flatMap((group) => arms.map((arm) => auc(group, arm))),
    ...arms.map((arm) => armFigure(`modality gap, ${arm.name}`, at(arm, 'gap.distance'), 'lower')),
    armFigure('modality gap, brgsa, of what is read', at(own, 'readGap.distance'), 'lower'),
    ...arms.map((arm) =>
      armFigure(`cosine of pairs less that of others, ${arm.name}`, at(arm, 'gap.alignment'), 'higher'),
    ),
    ...['imageToReport', 'reportToImage'].flatMap((way) =>
      arms.map((arm) => armFigure(`recall@5, ${way}, ${arm.name}`, at(arm, `${way}.recallAt5`), 'higher')),
    ),
  ];
}

/** Half of the 95 % interval of the mean over hospitals and seeds, whose patients are all different, by the bootstrap of each. */
function patientHalfInterval(seeds: readonly SeedResult[], arm: Arm, group: string): number {
  const columns = seeds.flatMap((seed) => seed.arms[arm.name]!.columns); // every arm was trained
  const end = ({ report }: Column, name: string): number =>
    figureAt(report.figures, `zeroShot.${name}.${group}`) ?? NaN;
  const squares = columns.map((column) => ((end(column, 'high') - end(column, 'low')) / 2) ** 2);
  return Math.sqrt(meanOf(squares) / columns.length);
}
