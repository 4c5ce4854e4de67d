/**
 * The tensors of a model in their one order, and the way between named tensors and the single vector that is summed. No
 * tensor library: plain typed arrays.
 *
 * @module
 */
import { frame, label } from '../codec/frame.ts';
import type { Crypto } from '../crypto/types.ts';
import { UsageError } from '../errors.ts';

/** A tensor's name and shape; `[]` is a scalar. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Tensors one after the other; names are unique. */
export type ModelManifest = readonly TensorSpec[];

/** Elements of one tensor. */
export function tensorLength({ shape }: Pick<TensorSpec, 'shape'>): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Elements of all tensors together: the length of the segment `delta`. */
export function manifestLength(manifest: ModelManifest): number {
  return manifest.reduce((sum, tensor) => sum + tensorLength(tensor), 0);
}

/** `H(F(label "model-manifest", name and F(sizes) of each tensor in order))`. */
export function manifestHash(crypto: Crypto, manifest: ModelManifest): Uint8Array {
  return crypto.sha256(
    frame(label('model-manifest'), ...manifest.flatMap(({ name, shape }) => [name, frame(...shape)])),
  );
}

/**
 * All tensors in one new vector, in the order of the manifest.
 *
 * @throws UsageError (lengthMismatch) if a tensor is missing, of another length, or not in the manifest.
 */
export function flatten(manifest: ModelManifest, tensors: ReadonlyMap<string, Float32Array>): Float32Array {
  if (tensors.size !== manifest.length) {
    throw new UsageError('lengthMismatch', `the manifest has ${manifest.length} tensors, the model ${tensors.size}`);
  }
  const flat = new Float32Array(manifestLength(manifest));
  let from = 0;
  for (const spec of manifest) {
    const values = tensors.get(spec.name);
    if (values?.length !== tensorLength(spec)) throw wrongTensor(spec, values?.length);
    flat.set(values, from);
    from += values.length;
  }
  return flat;
}

/**
 * Every tensor by its name, in the order of the manifest: copies, so that they outlive the vector.
 *
 * @throws UsageError (lengthMismatch) if the vector is not as long as the manifest.
 */
export function unflatten(manifest: ModelManifest, flat: Float32Array): ReadonlyMap<string, Float32Array> {
  const length = manifestLength(manifest);
  if (flat.length !== length) {
    throw new UsageError('lengthMismatch', `the manifest has ${length} elements, the vector ${flat.length}`);
  }
  let from = 0;
  return new Map(
    manifest.map((spec) => {
      const end = from + tensorLength(spec);
      const values = flat.slice(from, end);
      from = end;
      return [spec.name, values];
    }),
  );
}

function wrongTensor(spec: TensorSpec, found: number | undefined): UsageError {
  const got = found === undefined ? 'none' : String(found);
  return new UsageError('lengthMismatch', `tensor ${spec.name}: expected ${tensorLength(spec)} elements, got ${got}`);
}
