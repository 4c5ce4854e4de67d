/** Typed arrays of tensors on the host, and the sentences for those that do not fit. @module */
import { UsageError } from '#shared/errors';
import { sizeOf } from './shapes.ts';
import type { HostValues, TensorSpec } from './types.ts';

type HostArray = HostValues[string];

/** Zeros of a tensor's size and type. */
export function zeros(spec: TensorSpec): HostArray {
  const size = sizeOf(spec.shape);
  if (spec.dtype === 'float32') return new Float32Array(size);
  return spec.dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size);
}

/** `values` when they fit `spec`. @throws UsageError (badArgument) if they are of another type or length. */
export function fitting(what: string, spec: TensorSpec, values: HostArray | undefined): HostArray {
  const wanted = zerosType(spec);
  if (values === undefined) {
    throw new UsageError('badArgument', `${what} is missing: give a ${wanted.name} of ${sizeOf(spec.shape)} values`);
  }
  if (!(values instanceof wanted) || values.length !== sizeOf(spec.shape)) {
    throw new UsageError(
      'badArgument',
      `${what}: expected a ${wanted.name} of ${sizeOf(spec.shape)} values for shape [${spec.shape.join(', ')}], ` +
        `got a ${values.constructor.name} of ${values.length}`,
    );
  }
  return values;
}

/** Gives the memory of values back at once, for a collection may be long in coming. Whoever holds them finds them empty. */
export function giveBack(values: HostValues): void {
  for (const { buffer } of Object.values(values)) {
    if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0); // two may share one
  }
}

/** Refuses names that a program does not have. @throws UsageError (badArgument) if there is one. */
export function knownNames(what: string, names: readonly string[], specs: Readonly<Record<string, TensorSpec>>): void {
  const stray = names.find((name) => !Object.hasOwn(specs, name));
  if (stray === undefined) return;
  throw new UsageError(
    'badArgument',
    `${what} '${stray}' is not in the program; it has ${Object.keys(specs).join(', ') || 'none'}`,
  );
}

function zerosType(spec: TensorSpec): typeof Float32Array | typeof Int32Array | typeof Uint8Array {
  if (spec.dtype === 'float32') return Float32Array;
  return spec.dtype === 'int32' ? Int32Array : Uint8Array;
}
