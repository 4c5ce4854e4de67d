/**
 * Training in this thread: the data, the compiled programs and the calls of a trainer. The worker holds one.
 *
 * @module
 */
import type { SiteData, Split } from '#client/data/types';
import { compile } from '#client/engine/compile';
import type { EngineName } from '#client/engine/types';
import type { Figures, MethodReport } from '#client/evaluate/types';
import { commandSummariser } from '#client/methods/brgsa/summariser-command';
import type { Measure } from '#client/methods/types';
import { UsageError } from '#shared/errors';
import { described } from './describe-program.ts';
import { openEvaluation, patientsOf } from './evaluation.ts';
import { type Run, stepsAtOnce, trainAlone, trainRound } from './local-training.ts';
import { trainProgram } from './programs.ts';
import type {
  DataSummary,
  LocalRound,
  LocalRun,
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
  const { rounds, seed, engine = 'auto', threads = 1 } = options;
  const evaluation = await openEvaluation(options);
  const { method, files, beginning, data, model } = evaluation;
  const pairs = data.pairs.filter(({ split }) => split === 'train');
  const { localSteps } = method.config.training;
  const totalSteps = rounds * localSteps;
  const own = options.summariser === undefined ? {} : { summarise: commandSummariser(options.summariser) };
  const sampler = await method.sampler(pairs, { seed, totalSteps, files, beginning: model, ...own });
  const stepsPerRun = stepsAtOnce(localSteps);
  const runner = await compile(trainProgram(method), { engine, threads, worker: false, stepsPerRun });
  const run: Run = { method, runner, sampler, beginning, model, pairs, rounds };
  return {
    program: described(method, beginning, runner.fingerprint),
    measures: method.measures,
    data: summaryOf(data, pairs.length),
    engine: runner.engine,
    async trainRound(start, round, evaluate = false) {
      const counts = evaluate ? await evaluation.count(start) : null;
      return { ...(await trainRound(run, start, round)), evaluation: counts };
    },
    figures: (counts) => {
      if (method.tally !== undefined) return method.tally.read(counts);
      throw new UsageError('unsupported', `${method.name} has no figures that are read from sums`);
    },
    trainAlone: (onProgress) => trainAlone(run, onProgress),
    evaluate: (start, split) => evaluation.evaluate(start, split),
    async dispose() {
      await runner.dispose();
      await evaluation.dispose();
    },
  };
}

function summaryOf({ pairs, leftOut }: SiteData, trainPairs: number): DataSummary {
  return {
    trainPairs,
    testPairs: pairs.length - trainPairs,
    patients: patientsOf(pairs),
    leftOut,
  };
}
