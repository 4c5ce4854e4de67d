/** The steps of a run on a site's training pairs, by the runner of a train program. @module */
import type { Pair } from '#client/data/types';
import { giveBack } from '#client/engine/host-values';
import type { HostValues, Runner } from '#client/engine/types';
import type { Method, RowContribution, Sampler } from '#client/methods/types';
import { joinWeights, splitWeights } from '#client/model/flat-weights';
import { keptAs, type Parameter, trainedOf } from '#client/model/parameters';
import { adamValues } from './adamw.ts';
import type { OpenModel } from './model.ts';
import { groupsOf, momentNames, rateName, sharedOf } from './programs.ts';
import { learningRateAt } from './schedule.ts';
import type { LocalRound, LocalRun, Progress, StartingPoint } from './types.ts';

/** What all steps of a run share. */
export interface Run {
  readonly method: Method;
  readonly runner: Runner;
  readonly sampler: Sampler;
  /** Of every parameter. */
  readonly beginning: Values;
  /** For what a method says of a trained model. */
  readonly model: OpenModel;
  readonly pairs: readonly Pair[];
  readonly rounds: number;
}

/** Numbers by parameter. */
type Values = Readonly<Record<string, Float32Array>>;

/** The local steps of a round, counted from 1, from these weights, the optimiser begun anew. */
export async function trainRound(
  run: Run,
  start: StartingPoint,
  round: number,
): Promise<Omit<LocalRound, 'evaluation'>> {
  const { method, beginning } = run;
  const { localSteps } = method.config.training;
  const before = { ...beginning, ...valuesOf(method, start) };
  await begin(run, before);
  const lossNats = await runSteps(run, (round - 1) * localSteps, 1);
  const after = await currentValues(run);
  return {
    delta: flat(keptAs(method.parameters, 'shared'), difference(before, after)),
    rows: await rowsOf(run, before, after),
    local: flat(keptAs(method.parameters, 'local'), after),
    exampleCount: run.sampler.exampleCount,
    lossNats,
    steps: localSteps,
  };
}

/** All steps of the run from its beginning, the optimiser never begun anew. */
export async function trainAlone(run: Run, onProgress: (progress: Progress) => void): Promise<LocalRun> {
  const { method, beginning } = run;
  const { localSteps } = method.config.training;
  const totalSteps = run.rounds * localSteps;
  await begin(run, beginning);
  let lossNats = 0;
  for (let step = 0; step < totalSteps; step += localSteps) {
    const before = hasUntrainedRows(method) ? await currentValues(run) : {};
    lossNats = await runSteps(run, step, step + 1);
    await moveUntrainedRows(run, before);
    onProgress({ step: step + localSteps, totalSteps, lossNats });
  }
  const end = await currentValues(run);
  const local = flat(keptAs(method.parameters, 'local'), end);
  return { weights: flat(sharedOf(method.parameters), end), local, lossNats, steps: totalSteps };
}

/** The shared and the local numbers by parameter. @throws UsageError (badArgument) if they are of another model */
export function valuesOf({ parameters }: Method, { weights, local }: StartingPoint): Values {
  return {
    ...splitWeights(sharedOf(parameters), weights),
    ...(local === null ? {} : splitWeights(keptAs(parameters, 'local'), local)),
  };
}

/** These values, and moments of zero. */
async function begin({ runner, method }: Run, values: Values): Promise<void> {
  const moments = trainedOf(method.parameters).flatMap(({ name }): [string, Float32Array][] => {
    const [at, { length }] = [momentNames(name), values[name]!]; // every parameter has values
    return [[at.m, new Float32Array(length)], [at.v, new Float32Array(length)]]; // prettier-ignore
  });
  await runner.writeState({ ...values, ...Object.fromEntries(moments) });
}

async function currentValues({ runner, method, beginning }: Run): Promise<Values> {
  const moving = keptAs(method.parameters, 'shared', 'rows', 'local').map(({ name }) => name);
  const values = (await runner.readState(moving)) as Values; // every parameter is float32
  return { ...beginning, ...values };
}

function flat(parameters: readonly Parameter[], values: Values): Float32Array {
  return joinWeights(parameters, ({ name }) => values[name]!); // every parameter has values
}

/** After minus before, by parameter. */
function difference(before: Values, after: Values): Values {
  const entries = Object.entries(after).map(([name, values]): [string, Float32Array] => {
    const old = before[name]!; // the same parameters
    return [name, values.map((value, i) => value - old[i]!)];
  });
  return Object.fromEntries(entries);
}

async function rowsOf(
  { method, model, pairs }: Run,
  before: Values,
  after: Values,
): Promise<readonly RowContribution[]> {
  if (method.rows === undefined) return [];
  model.write(after);
  return method.rows(model, before, pairs);
}

function hasUntrainedRows({ parameters }: Method): boolean {
  return keptAs(parameters, 'rows').some(({ trained }) => trained === false);
}

/** With one site the mean over sites is that site's own: rows that no gradient moves become what this site says of them. */
async function moveUntrainedRows(run: Run, before: Values): Promise<void> {
  if (!hasUntrainedRows(run.method)) return;
  const after = await currentValues(run);
  const moved = (await rowsOf(run, before, after)).flatMap(({ name, delta, weights }): [string, Float32Array][] => {
    const { trained } = run.method.parameters.find((parameter) => parameter.name === name) ?? {};
    const width = delta.length / weights.length;
    const row = after[name]!.map((value, at) => (weights[Math.floor(at / width)]! > 0 ? value + delta[at]! : value));
    return trained === false ? [[name, row]] : [];
  });
  await run.runner.writeState(Object.fromEntries(moved));
}

/** Batches made before they are used, and steps that the runtime takes in one run. */
const mostAtOnce = 8;

/** As many as go into a round of local steps without a remainder, which would need a session of its own; 8 at most. */
export function stepsAtOnce(localSteps: number): number {
  for (let count = mostAtOnce; count > 1; count--) if (localSteps % count === 0) return count;
  return 1;
}

/** A round's worth of steps from `firstStep` of the run on; `firstT` counts from 1 since the optimiser began. */
async function runSteps(run: Run, firstStep: number, firstT: number): Promise<number> {
  const { localSteps } = run.method.config.training;
  const count = stepsAtOnce(localSteps);
  let lossNats = 0;
  for (let done = 0; done < localSteps; done += count) {
    const batches = Array.from({ length: count }, (_, i) => stepValues(run, firstStep + done + i, firstT + done + i));
    for (const { loss } of await run.runner.steps(batches)) lossNats += loss![0]!;
    batches.forEach(giveBack);
  }
  return lossNats / localSteps;
}

function stepValues({ method, sampler, rounds }: Run, step: number, t: number): HostValues {
  const { training } = method.config;
  const totalSteps = rounds * training.localSteps;
  const groups = groupsOf(method);
  const given = method.rates?.(step, totalSteps) ?? {};
  const rates = groups.map((name): [string, Float32Array] => [rateName(name), Float32Array.of(given[name] ?? 1)]);
  return {
    ...sampler.batch(step),
    ...adamValues(t, learningRateAt(step, totalSteps, training), training),
    ...Object.fromEntries(groups.length === 1 ? [] : rates),
  };
}
