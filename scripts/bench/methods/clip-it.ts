/** CLIP-IT against the same classifier without text, and against one whose reports were paired at random. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { phantomPairs } from '#client/data/phantom/phantoms';
import { tilePhantom } from '#client/data/phantom/tiles/generate';
import { meanOf } from '#client/evaluate/mean';
import { figureAt } from '#client/evaluate/figures';
import type { MethodReport } from '#client/evaluate/types';
import { classMeasures } from '#client/methods/clip-it/report';
import type { Defaults } from '#client/methods/config';
import { openEvaluation } from '#client/train/evaluation';
import { openSession, type Session } from '#client/train/session';
import type { LocalRun } from '#client/train/types';
import { clipItRounds, clipItSection, planFile, prepareTileFiles } from '../../start/clip-it-files.ts';
import type { Figure } from '../types.ts';
import { armFigure, bySeed, difference } from './figures.ts';
import type { Arm, MethodBench, SeedResult } from './types.ts';

const own = armOf('clip-it', {});
const imageOnly = armOf('image only', { lambda: 0 });
const randomPairing = armOf('random pairing', { pairing: 'random' });

function armOf(name: string, own: Defaults): Arm {
  return { name, method: 'clip-it', config: clipItSection(own) };
}

const [accuracy] = classMeasures;

export const clipItBench: MethodBench = {
  method: 'clip-it',
  phantom: tilePhantom,
  rounds: clipItRounds,
  headline: accuracy!, // the first of several
  own,
  controls: [imageOnly, randomPairing],
  prepare: prepareTileFiles,
  claims,
  extra: withoutBank,
};

function claims(seeds: readonly SeedResult[]): readonly Figure[] {
  const at = (arm: Arm, path = 'accuracy'): readonly number[] => bySeed(seeds, arm.name, path);
  const apart = Math.abs(meanOf(at(randomPairing)) - meanOf(at(imageOnly)));
  return [
    ...[own, imageOnly, randomPairing].map((arm) => armFigure(`accuracy, ${arm.name}`, at(arm), 'higher')),
    armFigure('area under the ROC curve', at(own, 'auc'), 'higher'),
    armFigure('macro F1', at(own, 'macroF1'), 'higher'),
    armFigure('expected calibration error', at(own, 'calibrationError'), 'lower'),
    difference('true minus random pairing', at(own), at(randomPairing), 0),
    difference('true pairing minus image only', at(own), at(imageOnly), null),
    {
      ...{ name: 'random pairing from image only', value: apart, unit: '', better: 'lower', reach: 0.03 },
      reference: { name: 'image only', value: meanOf(at(imageOnly)), measured: 'this run' },
    },
  ];
}

/** How many figures of a model change when the text bank is deleted after training: none. */
async function withoutBank(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'clip-it-'));
  try {
    const [bank] = tilePhantom.publicFiles?.(1) ?? [];
    const path = join(folder, bank!.name); // the phantom has one
    await writeFile(path, bank!.bytes);
    const config = { ...clipItSection({ teacherShare: 0.5 }), files: { bank: await planFile(folder, bank!.name) } };
    const pairs = phantomPairs(tilePhantom, { seed: 1, site: 'north' });
    const options = { method: 'clip-it', config, files: folder, seed: 1, engine: 'onnx', data: { pairs } } as const;
    const [before, run] = await trainedAndEvaluated(await openSession({ ...options, rounds: 2 }));
    await rm(path);
    const evaluation = await openEvaluation(options);
    const after = figuresOf(await evaluation.evaluate(run, 'test'));
    await evaluation.dispose();
    const value = before.filter((figure, i) => !Object.is(figure, after[i])).length;
    const reference = { name: 'figures', value: before.length, measured: 'this run' };
    return [
      { name: 'figures that change with the bank deleted', value, unit: '', better: 'lower', reach: 0, reference },
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function trainedAndEvaluated(session: Session): Promise<readonly [(number | null)[], LocalRun]> {
  const run = await session.trainAlone(() => undefined);
  const figures = figuresOf(await session.evaluate(run, 'test'));
  await session.dispose();
  return [figures, run];
}

function figuresOf({ figures }: MethodReport): (number | null)[] {
  return classMeasures.map(({ path }) => figureAt(figures, path));
}
