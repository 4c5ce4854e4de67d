/**
 * How good a model is on a site's pairs: the data and the model that answers. No training step is compiled and no batch is
 * prepared, so that what only training needs may be missing.
 *
 * @module
 */
import { loadPairs } from '#client/data/load-pairs';
import { randomFor } from '#client/data/random';
import type { Pair, SiteData, Split } from '#client/data/types';
import type { MethodReport } from '#client/evaluate/types';
import { extentsOf } from '#client/methods/config';
import { methodOf } from '#client/methods/methods';
import type { Files, Method, ReportWorld } from '#client/methods/types';
import { beginningOf } from './beginning.ts';
import { filesIn } from './files.ts';
import { valuesOf } from './local-training.ts';
import { type OpenModel, openModel } from './model.ts';
import type { PairSource, StartingPoint, TrainerOptions } from './types.ts';

/** What an evaluation needs to know; `seed` is of what a report draws. */
export type EvaluationOptions = Pick<
  TrainerOptions,
  'method' | 'config' | 'data' | 'files' | 'engine' | 'threads' | 'seed'
>;

/** A method with its data and a model, in this thread. */
export interface Evaluation {
  readonly method: Method;
  readonly files: Files;
  /** Of every parameter: what every site begins with. */
  readonly beginning: Readonly<Record<string, Float32Array>>;
  readonly data: SiteData;
  /** Holds the beginning until something is evaluated, and then what was evaluated last. */
  readonly model: OpenModel;
  evaluate(start: StartingPoint, split: Split): Promise<MethodReport>;
  /** Counts of the test pairs, to be summed over sites; `null` if the method counts nothing, or patients are too few. */
  count(start: StartingPoint): Promise<Int32Array | null>;
  dispose(): Promise<void>;
}

/**
 * Reads the data and the files that the model begins with.
 *
 * @throws UsageError (badPlan, noSuchFile, badFormat, missingColumn, noUsableRows)
 */
export async function openEvaluation(options: EvaluationOptions): Promise<Evaluation> {
  const { seed, engine = 'auto', threads = 1 } = options;
  const method = methodOf(options.method, options.config);
  const files = filesIn(options.files);
  const data = await readData(options.data, method);
  const beginning = await beginningOf(method, files);
  const model = openModel(method, { engine, threads, worker: false });
  model.write(beginning);
  const inSplit = (split: Split): readonly Pair[] => data.pairs.filter((pair) => pair.split === split);
  const worldOf = (split: Split): ReportWorld => {
    const random = randomFor(seed, 'otherPatients', split);
    return { random, files, train: inSplit('train') };
  };
  const begin = (start: StartingPoint): void => {
    model.write({ ...beginning, ...valuesOf(method, start) });
  };
  return {
    method,
    files,
    beginning,
    data,
    model,
    evaluate(start, split) {
      begin(start);
      return method.report(model, inSplit(split), worldOf(split));
    },
    async count(start) {
      const test = inSplit('test');
      if (method.tally === undefined || patientsOf(test) < fewestPatients) return null;
      begin(start);
      return Int32Array.from(await method.tally.count(model, test, worldOf('test')), Math.round);
    },
    dispose: () => model.dispose(),
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

/** Of fewer test patients a site counts nothing: a sum over sites would hide them less. */
const fewestPatients = 5;

/** How many patients these pairs are of. */
export function patientsOf(pairs: readonly Pair[]): number {
  return new Set(pairs.map(({ patientId }) => patientId)).size;
}
