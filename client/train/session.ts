/**
 * Training in this thread: the data, the compiled programs and the calls of a trainer. The worker holds one.
 *
 * @module
 */
import { randomFor } from '#client/data/random';
import { loadPairs } from '#client/data/load-pairs';
import type { SiteData, Split } from '#client/data/types';
import { compile } from '#client/engine/compile';
import type { CompileOptions, EngineName, Runner } from '#client/engine/types';
import { retrievalReport } from '#client/evaluate/report';
import type { RetrievalReport } from '#client/evaluate/types';
import { type MethodConfig, parseMethodConfig } from '#client/methods/config';
import { methodNamed } from '#client/methods/methods';
import { splitWeights } from '#client/model/flat-weights';
import { described } from './describe-program.ts';
import { embedPairs } from './embed.ts';
import { type Run, trainAlone, trainRound } from './local-training.ts';
import { embedProgram, trainProgram } from './programs.ts';
import type {
  DataSummary,
  LocalRound,
  LocalRun,
  PairSource,
  ProgramDescription,
  Progress,
  TrainerOptions,
} from './types.ts';

/** A trainer without its thread. */
export interface Session {
  readonly program: ProgramDescription;
  readonly data: DataSummary;
  readonly engine: EngineName;
  trainRound(weights: Float32Array, round: number): Promise<LocalRound>;
  trainAlone(onProgress: (progress: Progress) => void): Promise<LocalRun>;
  evaluate(weights: Float32Array, split: Split): Promise<RetrievalReport>;
  dispose(): Promise<void>;
}

/** @throws UsageError (badPlan, noSuchFile, badFormat, missingColumn, noUsableRows), DependencyError (noBackend) */
export async function openSession(options: TrainerOptions): Promise<Session> {
  const { rounds, seed } = options;
  const method = methodNamed(options.method);
  const config = parseMethodConfig(options.config);
  const data = await readData(options.data, config);
  const parameters = method.parameters(config);
  const compileOptions: CompileOptions = {
    engine: options.engine ?? 'auto',
    threads: options.threads ?? 1,
    worker: false,
  };
  const runner = await compile(trainProgram(method, config), compileOptions);
  const run: Run = { runner, config, parameters, pairs: data.pairs.filter(isIn('train')), rounds, seed };
  const program = described(method, config, runner.fingerprint);
  let embedder: Runner | undefined;
  return {
    program,
    data: summaryOf(data),
    engine: runner.engine,
    trainRound: (weights, round) => trainRound(run, weights, round),
    trainAlone: (onProgress) => trainAlone(run, program.initialWeights, onProgress),
    async evaluate(weights, split) {
      embedder ??= await compile(embedProgram(method, config), compileOptions);
      await embedder.writeState(splitWeights(parameters, weights));
      const embedded = await embedPairs(embedder, data.pairs.filter(isIn(split)), config);
      return retrievalReport(embedded, randomFor(seed, 'otherPatients', split));
    },
    async dispose() {
      await runner.dispose();
      await embedder?.dispose();
    },
  };
}

async function readData(source: PairSource, { image }: MethodConfig): Promise<SiteData> {
  return 'csv' in source ? loadPairs(source.csv, image.size) : { pairs: source.pairs, leftOut: [] };
}

function isIn(split: Split): (pair: { readonly split: Split }) => boolean {
  return (pair) => pair.split === split;
}

function summaryOf({ pairs, leftOut }: SiteData): DataSummary {
  const trainPairs = pairs.filter(isIn('train')).length;
  return {
    trainPairs,
    testPairs: pairs.length - trainPairs,
    patients: new Set(pairs.map((pair) => pair.patientId)).size,
    leftOut,
  };
}
