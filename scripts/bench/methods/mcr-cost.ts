/**
 * What a step of MCR takes, beside the control's and other mask ratios: the arms take turns step by step in one process,
 * so that a neighbour on the machine slows all of them, and memory is that of a process of each arm's own.
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
import type { Figure } from '../types.ts';

interface Training {
  readonly runner: Runner;
  /** The step's input, counted from 1. */
  readonly batch: (step: number) => HostValues;
}

/** Arms by name: what of MCR's section is another. */
const arms: Readonly<Record<string, Defaults>> = {
  mcr: {},
  dual: { input: 'dual' },
  'nothing masked': { imageMask: 0, textMask: 0 },
  '25 % of the image masked': { imageMask: 0.25 },
  '75 % of the image masked': { imageMask: 0.75 },
};

/** An encoder over 196 patches of images like those of the paper, where activations are most of the memory. */
const larger: Defaults = {
  image: { size: 224, patch: 16, dim: 192, heads: 3, blocks: 4 },
  training: { batchSize: 16 },
};

const turns = 15;
const memorySteps = 3;

/** Time and memory of a step, the control beside it. */
export async function costFigures(section: Defaults): Promise<readonly Figure[]> {
  return [...(await timeFigures(section)), memoryFigure('phantom', section), memoryFigure('196 patches', larger)];
}

async function timeFigures(section: Defaults): Promise<readonly Figure[]> {
  const trainings = new Map<string, Training>();
  for (const [name, own] of Object.entries(arms)) trainings.set(name, await start({ ...section, mcr: own }));
  const times = new Map<string, number[]>([...trainings.keys()].map((name) => [name, []]));
  for (let step = 1; step <= turns + 2; step++) {
    for (const [name, { runner, batch }] of trainings) {
      const values = batch(step);
      const from = performance.now();
      await runner.step(values);
      if (step > 2) times.get(name)!.push(performance.now() - from); // the first steps set things up
    }
  }
  for (const { runner } of trainings.values()) await runner.dispose();
  const control = times.get('dual')!; // an arm of the list
  const reference = { name: 'unmasked contrast + masked pass', value: median(control), measured: 'this run, ms' };
  return Object.keys(arms)
    .filter((name) => name !== 'dual')
    .map((name) => ({
      name: `time of a step, ${name}, over the control's`,
      value: median(times.get(name)!.map((time, i) => time / control[i]!)), // taken in turns
      unit: 'x',
      better: 'lower' as const,
      reach: name === 'mcr' ? 0.65 : null,
      reference,
    }));
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
  const [value, control] = [{}, { input: 'dual' }].map((own) => memoryOf({ ...section, mcr: own }));
  return {
    name: `most memory of a training process, ${what}`,
    value: value!, // two
    unit: 'MB',
    better: 'lower',
    reach: control!,
    reference: { name: 'unmasked contrast + masked pass', value: control!, measured: 'this run' },
  };
}

function memoryOf(section: Defaults): number {
  const printed = execFileSync(process.execPath, [import.meta.filename, JSON.stringify(section)], { encoding: 'utf8' });
  return Number(printed);
}

if (import.meta.filename === process.argv[1]) {
  const { runner, batch } = await start(JSON.parse(process.argv[2]!) as Defaults); // as `memoryOf` writes it
  for (let step = 1; step <= memorySteps; step++) await runner.step(batch(step));
  process.stdout.write(String(process.resourceUsage().maxRSS / 1024));
  await runner.dispose();
}
