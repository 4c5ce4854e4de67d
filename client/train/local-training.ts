/** The steps of a run on a site's training pairs, by the runner of a train program. @module */
import type { Pair } from '#client/data/types';
import type { HostValues, Runner } from '#client/engine/types';
import type { MethodConfig } from '#client/methods/config';
import { joinWeights, splitWeights } from '#client/model/flat-weights';
import type { Parameter } from '#client/model/parameters';
import { adamValues } from './adamw.ts';
import { batchOf } from './batches.ts';
import { trainValues } from './pair-values.ts';
import { momentNames } from './programs.ts';
import { learningRateAt } from './schedule.ts';
import type { LocalRound, LocalRun, Progress } from './types.ts';

/** What all steps of a run share. */
export interface Run {
  readonly runner: Runner;
  readonly config: MethodConfig;
  readonly parameters: readonly Parameter[];
  readonly pairs: readonly Pair[];
  readonly rounds: number;
  readonly seed: number;
}

/** The local steps of a round, counted from 1, from these weights, the optimiser begun anew. */
export async function trainRound(run: Run, weights: Float32Array, round: number): Promise<LocalRound> {
  const { localSteps } = run.config.training;
  await begin(run, weights);
  const lossNats = await runSteps(run, (round - 1) * localSteps, 1);
  const delta = (await currentWeights(run)).map((value, i) => value - weights[i]!);
  return { delta, exampleCount: run.pairs.length, lossNats, steps: localSteps };
}

/** All steps of the run from these weights, the optimiser never begun anew. */
export async function trainAlone(
  run: Run,
  initial: Float32Array,
  onProgress: (progress: Progress) => void,
): Promise<LocalRun> {
  const { localSteps } = run.config.training;
  const totalSteps = run.rounds * localSteps;
  await begin(run, initial);
  let lossNats = 0;
  for (let step = 0; step < totalSteps; step += localSteps) {
    lossNats = await runSteps(run, step, step + 1);
    onProgress({ step: step + localSteps, totalSteps, lossNats });
  }
  return { weights: await currentWeights(run), lossNats, steps: totalSteps };
}

/** These weights, and moments of zero. */
async function begin({ runner, parameters }: Run, weights: Float32Array): Promise<void> {
  const values = splitWeights(parameters, weights);
  const moments = Object.entries(values).flatMap(([name, { length }]): [string, Float32Array][] => {
    const at = momentNames(name);
    return [
      [at.m, new Float32Array(length)],
      [at.v, new Float32Array(length)],
    ];
  });
  await runner.writeState({ ...values, ...Object.fromEntries(moments) });
}

async function currentWeights({ runner, parameters }: Run): Promise<Float32Array> {
  const values = await runner.readState(parameters.map(({ name }) => name));
  return joinWeights(parameters, ({ name }) => values[name] as Float32Array); // every parameter is float32
}

/** A round's worth of steps from `firstStep` of the run on; `firstT` counts from 1 since the optimiser began. */
async function runSteps(run: Run, firstStep: number, firstT: number): Promise<number> {
  const { localSteps } = run.config.training;
  const batches = Array.from({ length: localSteps }, (_, i) => stepValues(run, firstStep + i, firstT + i));
  const outputs = await run.runner.steps(batches);
  return outputs.reduce((sum, { loss }) => sum + loss![0]!, 0) / localSteps;
}

function stepValues({ config, pairs, rounds, seed }: Run, step: number, t: number): HostValues {
  const { training } = config;
  const chosen = batchOf(step, pairs.length, training.batchSize, seed).map((i) => pairs[i]!);
  const rate = learningRateAt(step, rounds * training.localSteps, training);
  return { ...trainValues(chosen, config, seed, step), ...adamValues(t, rate, training) };
}
