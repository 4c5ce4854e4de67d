/** A trained model that answers, for use inside the hospital: no data, no optimiser, no thread of its own. @module */
import { UsageError } from '#shared/errors';
import type { Pair } from '#client/data/types';
import type { EngineChoice } from '#client/engine/types';
import { methodOf } from '#client/methods/methods';
import { outputNamed } from '#client/methods/outputs';
import type { Method, Model } from '#client/methods/types';
import { beginningOf } from '#client/train/beginning';
import { filesIn } from '#client/train/files';
import { valuesOf } from '#client/train/local-training';
import { openModel } from '#client/train/model';
import { attentionReader, type AttentionReader } from './attention.ts';
import type { StartingPoint } from '#client/train/types';

/** Which model: a plan's method, and the weights that a site holds. */
export interface TrainedOptions {
  readonly method: string;
  readonly config: unknown;
  readonly start: StartingPoint;
  /** The folder of the files that the plan names. */
  readonly files?: string | undefined;
  readonly engine?: EngineChoice;
  readonly threads?: number;
}

/** A model with its numbers. */
export interface Trained {
  readonly method: Method;
  readonly model: Model;
  /** What the text encoder reads of a text. */
  readonly textOf: (text: string) => string;
  /** Of every parameter by name. */
  readonly values: Readonly<Record<string, Float32Array>>;
  readonly attention: AttentionReader;
  dispose(): Promise<void>;
}

/** The images of pairs, or of questions. */
export type Imaged = Pick<Pair, 'image'>;

/** @throws UsageError (badPlan, badArgument, noSuchFile, badFormat) if method, weights and files do not fit each other */
export async function openTrained(options: TrainedOptions): Promise<Trained> {
  const method = methodOf(options.method, options.config);
  const files = filesIn(options.files);
  const beginning = await beginningOf(method, files);
  const textOf = (await method.reads?.(files)) ?? ((text: string) => text);
  const values = { ...beginning, ...valuesOf(method, options.start) };
  const compiling = { engine: options.engine ?? 'auto', threads: options.threads ?? 1, worker: false } as const;
  const model = openModel(method, compiling);
  model.write(values);
  const attention = attentionReader(method, values, compiling);
  const dispose = async (): Promise<void> => {
    await model.dispose();
    await attention.dispose();
  };
  return { method, model, textOf, values, attention, dispose };
}

/** The embeddings of images, unit vectors. @throws UsageError (notFinite) if the weights give no numbers */
export async function imageVectors(
  { model }: Pick<Trained, 'model'>,
  some: readonly Imaged[],
): Promise<readonly Float32Array[]> {
  return finite(outputNamed(await model.images(some), 'embedding'));
}

/** The embeddings of texts, unit vectors. @throws UsageError (unsupported) without a text encoder; likewise */
export async function textVectors(
  { method, model, textOf }: Pick<Trained, 'method' | 'model' | 'textOf'>,
  some: readonly string[],
): Promise<readonly Float32Array[]> {
  if (method.text === undefined)
    throw new UsageError('unsupported', `${method.name} reads no texts: ask it with an image`);
  return finite(outputNamed(await model.texts(some.map(textOf)), 'embedding'));
}

function finite(vectors: readonly Float32Array[]): readonly Float32Array[] {
  if (vectors.every((vector) => vector.every(Number.isFinite))) return vectors;
  throw new UsageError('notFinite', 'the model gives no finite embedding: evaluate it before it is used');
}
