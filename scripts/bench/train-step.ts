/**
 * A training step of CLIP (configurations A and B, batch 16) and of two networks for volumes (batch 8 of 32^3), compiled,
 * beside PyTorch on the same cores. Both sides take turns of eight steps, and the least of the means of each is compared: a
 * neighbour on the machine slows a step down, and nothing speeds one up. At last, how long an agent's event loop stands still meanwhile.
 * `--only A|B|cnn|vit|loop` for one of them, `--turns N`, `--steps N` for memory.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { compile } from '#client/engine/compile';
import type { HostValues, Runner, StepProgram } from '#client/engine/types';
import { meanOf } from '#client/evaluate/mean';
import { clipBatch, clipConfigs, clipStep, clipWeights } from '../../test/support/engine/clip.ts';
import { cnnBatch, cnnStep, cnnWeights, largeCnn } from '../../test/support/engine/cnn.ts';
import { valuesOf } from '../../test/support/engine/training.ts';
import { loopDelay } from './loop-delay.ts';
import { vitBatch, vitStep, vitWeights } from './models/vit.ts';
import { hasTorch, startTorch } from './torch-process.ts';
import type { Bench, BenchOptions, Figure } from './types.ts';

interface Model {
  readonly title: string;
  /** In torch-step.py, and for `--only`. */
  readonly name: string;
  program(): StepProgram;
  init(): HostValues;
  batch(step: number): HostValues;
  /** Most seconds for compiling and the first step. */
  readonly compileReach: number | null;
  /** Most of PyTorch's time. */
  readonly ratioReach: number | null;
}

const clip = (name: 'A' | 'B', compileReach: number): Model => ({
  title: `CLIP ${name}`,
  name,
  program: () => clipStep(clipConfigs[name], 16),
  init: () => valuesOf(clipWeights(clipConfigs[name])),
  batch: (t) => clipBatch(clipConfigs[name], 16, t),
  compileReach,
  ratioReach: 1,
});

const models: readonly Model[] = [
  clip('A', 1.5),
  clip('B', 2.5),
  {
    title: '3D CNN',
    name: 'cnn',
    program: () => cnnStep(largeCnn, 8),
    init: () => valuesOf(cnnWeights(largeCnn)),
    batch: (t) => cnnBatch(largeCnn, 8, t),
    compileReach: null,
    ratioReach: 1.3,
  },
  {
    title: '3D ViT',
    name: 'vit',
    program: () => vitStep(8),
    init: () => valuesOf(vitWeights()),
    batch: (t) => vitBatch(8, t),
    compileReach: null,
    ratioReach: null,
  },
];

/** Steps of a turn, which the runtime takes in one run, as a round of local steps does. */
const stepsPerTurn = 8;

/** Compiled, and one step taken by itself, for which a second session opens: the runner, and the seconds that took. */
async function start(
  model: Model,
  threads: number,
  stepsPerRun: number,
): Promise<{ readonly runner: Runner; readonly seconds: number }> {
  const program = model.program();
  const init = model.init();
  const batch = model.batch(1);
  const from = performance.now();
  const runner = await compile(program, { engine: 'onnx', threads, init, stepsPerRun });
  await runner.step(batch);
  return { runner, seconds: (performance.now() - from) / 1e3 };
}

/** The milliseconds of a step, the mean of a turn; the batches are made before the clock runs. */
async function time(model: Model, runner: Runner, first: number): Promise<number> {
  const batches = Array.from({ length: stepsPerTurn }, (_, i) => model.batch(first + i));
  const from = performance.now();
  await runner.steps(batches);
  return (performance.now() - from) / stepsPerTurn;
}

async function compare(model: Model, threads: number, turns: number, torchHere: boolean): Promise<Figure[]> {
  const torch = torchHere ? startTorch(model.name, threads) : undefined;
  const { runner, seconds } = await start(model, threads, stepsPerTurn);
  const [ours, theirs]: [number[], number[]] = [[], []];
  await torch?.step(2); // its first steps set up what later ones use; ours took one above
  for (let turn = 0; turn < turns; turn++) {
    ours.push(await time(model, runner, 2 + turn * stepsPerTurn));
    if (torch !== undefined) theirs.push(meanOf(await torch.step(stepsPerTurn)));
  }
  torch?.stop();
  await runner.dispose();
  const name = `${model.title}, ${threads} thread${threads === 1 ? '' : 's'}`;
  return [stepFigure(name, Math.min(...ours), theirs, model.ratioReach), compileFigure(name, seconds, model)];
}

function stepFigure(name: string, ours: number, theirs: readonly number[], ratio: number | null): Figure {
  const step = { name: `${name}, a step`, value: ours, unit: 'ms', better: 'lower' } as const;
  if (theirs.length === 0) return { ...step, reach: null, reference: null };
  const least = Math.min(...theirs);
  return {
    ...step,
    reach: ratio === null ? null : ratio * least,
    reference: { name: 'PyTorch', value: least, measured: 'this run' },
  };
}

function compileFigure(name: string, value: number, { compileReach: reach }: Model): Figure {
  return { name: `${name}, compile and first step`, value, unit: 's', better: 'lower', reach, reference: null };
}

/** Memory is told every 50 steps, five runs. */
const every = 50;
const stepsPerRun = 10;
const megabytes = (): number => process.memoryUsage.rss() / 2 ** 20;
/** What the allocator moves by itself, in MB. */
const flat = 32;

/** V8's own collection: what has not been collected is as much as there was time for, and hides or feigns a leak. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: {
    readonly type: 'major';
    readonly flavor: 'last-resort';
  }) => void;
  return () => {
    collect({ type: 'major', flavor: 'last-resort' });
  };
}

/** The memory of this process every 50 steps of the first model, and what is held at the end more than after the first 50. */
async function memory(model: Model, steps: number): Promise<Figure[]> {
  const { runner } = await start(model, 1, stepsPerRun);
  const collect = collector();
  const figures: Figure[] = [];
  const held: number[] = [];
  const last = steps - (steps % every);
  for (let t = stepsPerRun; t <= last; t += stepsPerRun) {
    await runner.steps(Array.from({ length: stepsPerRun }, (_, i) => model.batch(t - i)));
    if (t % every > 0) continue;
    const name = `${model.title}, memory after ${t} steps`;
    figures.push({ name, value: megabytes(), unit: 'MB', better: 'lower', reach: null, reference: null });
    if (t > every && t < last) continue;
    collect();
    held.push(megabytes());
  }
  await runner.dispose();
  if (last <= every) return figures;
  const name = `${model.title}, memory held more after ${last} steps than after ${every}`;
  const value = held[1]! - held[0]!; // the first and the last
  return [...figures, { name, value, unit: 'MB', better: 'lower', reach: flat, reference: null }];
}

function whole(option: string | true | undefined, otherwise: number): number {
  return typeof option === 'string' && /^[0-9]+$/.test(option) ? Number(option) : otherwise;
}

export const trainStep: Bench = {
  name: 'train-step',
  title: 'a training step of CLIP and of 3D networks, compiled, beside PyTorch',
  async run(options: BenchOptions) {
    const chosen = models.filter(({ name }) => options['only'] === undefined || options['only'] === name);
    if (options['steps'] !== undefined) return memory(chosen[0] ?? models[0]!, whole(options['steps'], 500));
    const torchHere = hasTorch();
    if (!torchHere) process.stderr.write("PyTorch is not here (python3 -c 'import torch'): our times stand alone\n");
    const figures: Figure[] = [];
    for (const model of chosen) {
      for (const threads of [1, 2])
        figures.push(...(await compare(model, threads, whole(options['turns'], 5), torchHere)));
    }
    if (options['only'] === undefined || options['only'] === 'loop') figures.push(...(await loopDelay()));
    return figures;
  },
};
