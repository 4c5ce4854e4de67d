/**
 * Training in this thread: the data, the compiled programs and the calls of a trainer. The worker holds one.
 *
 * @module
 */
import { loadPairs } from '#client/data/load-pairs';
import { randomFor } from '#client/data/random';
import type { Pair, SiteData, Split } from '#client/data/types';
import { compile } from '#client/engine/compile';
import type { CompileOptions, EngineName } from '#client/engine/types';
import type { Figures, MethodReport } from '#client/evaluate/types';
import { commandSummariser } from '#client/methods/brgsa/summariser-command';
import { extentsOf } from '#client/methods/config';
import { methodOf } from '#client/methods/methods';
import type { Measure, Method, ReportWorld } from '#client/methods/types';
import { UsageError } from '#shared/errors';
import { beginningOf } from './beginning.ts';
import { described } from './describe-program.ts';
import { filesIn } from './files.ts';
import { type Run, trainAlone, trainRound, valuesOf } from './local-training.ts';
import { openModel } from './model.ts';
import { trainProgram } from './programs.ts';
import type {
  DataSummary,
  LocalRound,
  LocalRun,
  PairSource,
  ProgramDescription,
  Progress,
  StartingPoint,
  TrainerOptions,
} from './types.ts';

/** A trainer without its thread. */
export interface Session {
  readonly program: ProgramDescription;
  readonly measures: readonly Measure[];
  readonly data: DataSummary;
  readonly engine: EngineName;
  trainRound(start: StartingPoint, round: number, evaluate?: boolean): Promise<LocalRound>;
  /** @throws UsageError (unsupported) if the method counts nothing */
  figures(counts: readonly number[]): Figures;
  trainAlone(onProgress: (progress: Progress) => void): Promise<LocalRun>;
  evaluate(start: StartingPoint, split: Split): Promise<MethodReport>;
  dispose(): Promise<void>;
}

/**
 * Reads the data and compiles the program.
 *
 * @throws UsageError (badPlan, noSuchFile, badFormat, missingColumn, noUsableRows), DependencyError (noBackend)
 */
export async function openSession(options: TrainerOptions): Promise<Session> {
  const { rounds, seed } = options;
  const method = methodOf(options.method, options.config);
  const files = filesIn(options.files);
  const data = await readData(options.data, method);
  const compileOptions: CompileOptions = {
    engine: options.engine ?? 'auto',
    threads: options.threads ?? 1,
    worker: false,
  };
  const beginning = await beginningOf(method, files);
  const model = openModel(method, compileOptions);
  model.write(beginning);
  const pairs = data.pairs.filter(isIn('train'));
  const totalSteps = rounds * method.config.training.localSteps;
  const own = options.summariser === undefined ? {} : { summarise: commandSummariser(options.summariser) };
  const sampler = await method.sampler(pairs, { seed, totalSteps, files, beginning: model, ...own });
  const runner = await compile(trainProgram(method), compileOptions);
  const run: Run = { method, runner, sampler, beginning, model, pairs, rounds };
  const worldOf = (split: Split): ReportWorld => {
    const random = randomFor(seed, 'otherPatients', split);
    return { random, files, train: pairs };
  };
  const counted = async (start: StartingPoint): Promise<Int32Array | null> => {
    const test = data.pairs.filter(isIn('test'));
    if (method.tally === undefined || patientsOf(test) < fewestPatients) return null;
    model.write({ ...beginning, ...valuesOf(method, start) });
    return Int32Array.from(await method.tally.count(model, test, worldOf('test')), Math.round);
  };
  return {
    program: described(method, beginning, runner.fingerprint),
    measures: method.measures,
    data: summaryOf(data),
    engine: runner.engine,
    async trainRound(start, round, evaluate = false) {
      const evaluation = evaluate ? await counted(start) : null;
      return { ...(await trainRound(run, start, round)), evaluation };
    },
    figures: (counts) => {
      if (method.tally !== undefined) return method.tally.read(counts);
      throw new UsageError('unsupported', `${method.name} has no figures that are read from sums`);
    },
    trainAlone: (onProgress) => trainAlone(run, onProgress),
    async evaluate(start, split) {
      model.write({ ...beginning, ...valuesOf(method, start) });
      return method.report(model, data.pairs.filter(isIn(split)), worldOf(split));
    },
    async dispose() {
      await runner.dispose();
      await model.dispose();
    },
  };
}

async function readData(source: PairSource, { config, readsReports }: Method): Promise<SiteData> {
  if ('pairs' in source) return { pairs: source.pairs, leftOut: [] };
  const { channels } = config.image;
  const reading = { size: extentsOf(config.image), channels, reports: readsReports };
  const parts: SiteData[] = [];
  for (const csv of [source.csv].flat()) parts.push(await loadPairs(csv, reading));
  return { pairs: parts.flatMap(({ pairs }) => pairs), leftOut: parts.flatMap(({ leftOut }) => leftOut) };
}

function isIn(split: Split): (pair: { readonly split: Split }) => boolean {
  return (pair) => pair.split === split;
}

/** Of fewer test patients a site counts nothing: a sum over sites would hide them less. */
const fewestPatients = 5;

function patientsOf(pairs: readonly Pair[]): number {
  return new Set(pairs.map(({ patientId }) => patientId)).size;
}

function summaryOf({ pairs, leftOut }: SiteData): DataSummary {
  const trainPairs = pairs.filter(isIn('train')).length;
  return {
    trainPairs,
    testPairs: pairs.length - trainPairs,
    patients: patientsOf(pairs),
    leftOut,
  };
}
