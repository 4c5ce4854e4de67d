/**
 * A trained model as files for other programs: its numbers as safetensors under our names, or its encoders as ONNX that
 * any runtime reads; beside them `model.json` says what they take and give, and of which model they are.
 *
 * @module
 */
import { exportOnnx, exportOnnxForAnyBatch } from '#client/engine/onnx/export';
import { imageSpecs, textSpecs } from '#client/methods/batches/specs';
import type { StepProgram } from '#client/engine/types';
import type { BatchSpecs, Method } from '#client/methods/types';
import { keptAs } from '#client/model/parameters';
import { encodeSafetensors } from '#client/model/safetensors';
import { vocabularyNamed } from '#client/text/vocabularies';
import { imageProgram, textProgram } from '#client/train/programs';
import { utf8 } from '#shared/util/bytes';
import type { IndexModel } from './index-file.ts';
import type { Trained } from './open-trained.ts';

/** A file to write. */
export interface ExportedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** `model.safetensors` with every parameter that sites share or that stays as it began; nothing that is this site's own. */
export function safetensorsOf(trained: Trained, about: IndexModel): readonly ExportedFile[] {
  const { method, values } = trained;
  const kept = keptAs(method.parameters, 'shared', 'rows', 'frozen');
  const tensors = kept.map(({ name, shape }) => ({ name, shape, values: values[name]! })); // every parameter has values
  const metadata = { ...about, round: String(about.round) };
  return [
    { name: 'model.safetensors', bytes: encodeSafetensors(tensors, metadata) },
    described(trained, about, { tensors: 'model.safetensors' }),
  ];
}

/**
 * `image.onnx`, and `text.onnx` with `vocabulary.json` where the method reads texts: for any number of examples at a time,
 * or for `batch` alone.
 */
export async function onnxOf(trained: Trained, about: IndexModel, batch?: number): Promise<readonly ExportedFile[]> {
  const { method } = trained;
  const image = await graphOf(trained, imageProgram, batch);
  const files = [{ name: 'image.onnx', bytes: image }];
  const encoders = { image: encoder('image.onnx', imageSpecs(method.config, batch ?? 1), batch) };
  if (method.text === undefined) return [...files, described(trained, about, encoders)];
  const text = await graphOf(trained, textProgram, batch);
  const { pieces } = vocabularyNamed(method.config.text.vocabulary);
  return [
    ...files,
    { name: 'text.onnx', bytes: text },
    { name: 'vocabulary.json', bytes: json(pieces) },
    described(trained, about, {
      ...encoders,
      text: { ...encoder('text.onnx', textSpecs(method.config, batch ?? 1), batch), vocabulary: 'vocabulary.json' },
    }),
  ];
}

function graphOf(
  { method, values }: Trained,
  programOf: (method: Method, size: number) => StepProgram,
  batch: number | undefined,
): Promise<Uint8Array> {
  if (batch !== undefined) return exportOnnx(programOf(method, batch), values);
  return exportOnnxForAnyBatch((size) => programOf(method, size), values);
}

function encoder(file: string, specs: BatchSpecs, batch: number | undefined): Readonly<Record<string, unknown>> {
  const inputs = Object.entries(specs).map(([name, { shape, dtype }]) => {
    const extents = [batch ?? 'batch', ...shape.slice(1)];
    return [name, { shape: extents, dtype }] as const;
  });
  return { file, inputs: Object.fromEntries(inputs) };
}

function described({ method }: Trained, about: IndexModel, files: Readonly<Record<string, unknown>>): ExportedFile {
  const image =
    'the long side scaled to the size, the rest black, then mean 0 and standard deviation 1; a volume resampled to the size';
  return { name: 'model.json', bytes: json({ ...about, config: method.config, image, ...files }) };
}

function json(value: unknown): Uint8Array {
  return utf8(`${JSON.stringify(value, null, 2)}\n`);
}
