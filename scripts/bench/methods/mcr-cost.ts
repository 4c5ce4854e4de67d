/**
 * What a step of MCR takes, beside the control's and other mask ratios: time of the processor on one thread, which is the
 * time that passes where nobody else computes. The arms take turns step by step in one process, so that a neighbour on the
 * machine slows all of them; memory is that of a process of each arm's own.
 *
 * Run as a program with a section and a number of steps, it trains that many and prints the most memory it had, in MB.
 */
import { execFileSync } from 'node:child_process';
import { phantomPairs } from '#client/data/phantom/phantoms';
import { widePhantom } from '#client/data/phantom/wide/generate';
import { compile } from '#client/engine/compile';
import type { HostValues, Runner } from '#client/engine/types';
import type { Defaults } from '#client/methods/config';
import { mcr } from '#client/methods/mcr/mcr';
import { mcrSampler } from '#client/methods/mcr/sampler';
import { parseMcrConfig } from '#client/methods/mcr/config';
import { initialWeights, splitWeights } from '#client/model/flat-weights';
import { adamValues } from '#client/train/adamw';
import { trainProgram } from '#client/train/programs';
import { peakMemoryBytes } from '../peak-memory.ts';
import type { Figure } from '../types.ts';

interface Training {
  readonly runner: Runner;
  /** The step's input, counted from 1. */
  readonly batch: (step: number) => HostValues;
}

const control: Defaults = { input: 'dual' };

/** MCR's section for a share of the image that is masked; with 0 nothing is, of the report neither. */
export function maskedBy(imageMask: number): Defaults {
  return imageMask === 0 ? { imageMask, textMask: 0 } : { imageMask };
}

/** The shares that are tried. */
export const imageMasks = [0, 0.25, 0.5, 0.75];
const usual = 0.5;

/** An encoder over 196 patches of images like those of the paper, where activations are most of the memory. */
const larger: Defaults = {
  image: { size: 224, patch: 16, dim: 192, heads: 3, blocks: 4 },
  training: { batchSize: 16 },
};

const turns = 15;
const memorySteps = 3;

/** Most memory of a training process, the control beside it. */
export function memoryFigures(section: Defaults): readonly Figure[] {
  return [memoryFigure('phantom', section), memoryFigure('196 patches', larger)];
}

/** The time of a step over the control's, by the share of the image that is masked; with 0 the report is whole, too. */
export type StepTimes = ReadonlyMap<number, number>;

/** The times of a step of all arms. */
export async function timeFigures(
  section: Defaults,
): Promise<{ readonly figures: readonly Figure[]; readonly times: StepTimes }> {
  const sections = [control, ...imageMasks.map(maskedBy)];
  const trainings: Training[] = [];
  for (const own of sections) trainings.push(await start({ ...section, mcr: own }));
  const taken: number[][] = sections.map(() => []);
  for (let step = 1; step <= turns + 2; step++) {
    for (const [i, { runner, batch }] of trainings.entries()) {
      const values = batch(step);
      const from = process.cpuUsage();
      await runner.step(values);
      const { user, system } = process.cpuUsage(from);
      if (step > 2) taken[i]!.push((user + system) / 1e3); // the first steps set things up
    }
  }
  for (const { runner } of trainings) await runner.dispose();
  const [ofControl, ...others] = taken;
  const overControl = others.map((own) => median(own.map((time, i) => time / ofControl![i]!))); // taken in turns
  const reference = { name: 'unmasked contrast + masked pass', value: median(ofControl!), measured: 'this run, ms' };
  const figures = overControl.map((value, i) => ({
    name: `time of a step over the control's, ${100 * imageMasks[i]!} % of the image masked`,
    value,
    unit: 'x',
    better: 'lower' as const,
    reach: imageMasks[i] === usual ? 0.65 : null,
    reference,
  }));
  return { figures, times: new Map(overControl.map((value, i) => [imageMasks[i]!, value])) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!; // never empty
}

async function start(section: Defaults): Promise<Training> {
  const method = mcr(section);
  const config = parseMcrConfig(section);
  const init = splitWeights(method.parameters, initialWeights(method.parameters, 1));
  const runner = await compile(trainProgram(method), { engine: 'onnx', threads: 1, init, worker: false });
  const sampler = await mcrSampler(config, pairsFor(config.image.size), { seed: 1 });
  const scalars = (step: number): HostValues => adamValues(step, config.training.learningRate, config.training);
  return { runner, batch: (step) => ({ ...sampler.batch(step - 1), ...scalars(step) }) };
}

/** Training pairs of the phantom; larger images repeat its pixels. */
function pairsFor(size: number | readonly number[]): ReturnType<typeof phantomPairs> {
  const pairs = phantomPairs(widePhantom, { seed: 1, site: 'north', testPairs: 0 });
  const length = typeof size === 'number' ? size ** 2 : size.reduce((product, extent) => product * extent, 1);
  return pairs.map((pair) => ({
    ...pair,
    image: Float32Array.from({ length }, (_, i) => pair.image[i % pair.image.length]!),
  }));
}

function memoryFigure(what: string, section: Defaults): Figure {
  const [value, most] = [{}, control].map((own) => memoryOf({ ...section, mcr: own }));
  return {
    name: `most memory of a training process, ${what}`,
    value: value!, // two
    unit: 'MB',
    better: 'lower',
    reach: most!,
    reference: { name: 'unmasked contrast + masked pass', value: most!, measured: 'this run' },
  };
}

function memoryOf(section: Defaults): number {
  const printed = execFileSync(process.execPath, [import.meta.filename, JSON.stringify(section)], { encoding: 'utf8' });
  return Number(printed);
}

if (import.meta.filename === process.argv[1]) {
  const { runner, batch } = await start(JSON.parse(process.argv[2]!) as Defaults); // as `memoryOf` writes it
  for (let step = 1; step <= memorySteps; step++) await runner.step(batch(step));
  process.stdout.write(String(peakMemoryBytes() / 2 ** 20));
  await runner.dispose();
}
