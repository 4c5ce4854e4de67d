/** A model's numbers as one vector, in the order of its parameters, and as values by name. @module */
import { type Random, randomFor } from '#client/data/random';
import { UsageError } from '#shared/errors';
import { orthogonalMatrix } from './orthogonal.ts';
import { type Initialiser, type Parameter, parameterCount, sizeOf } from './parameters.ts';

/** The initial weights of a seed: the same at every site. @throws UsageError (badArgument) as `orthogonalMatrix` */
export function initialWeights(parameters: readonly Parameter[], seed: number): Float32Array {
  return joinWeights(parameters, ({ name, shape, init }) => {
    const random = randomFor(seed, 'weights', name);
    if (init.kind === 'orthogonal') return orthogonalMatrix(shape, random);
    return Float32Array.from({ length: sizeOf(shape) }, drawer(init, random));
  });
}

function drawer(init: Exclude<Initialiser, { kind: 'orthogonal' }>, random: Random): () => number {
  switch (init.kind) {
    case 'normal':
      return () => init.sd * random.normal();
    case 'uniform':
      return () => init.bound * (2 * random.uniform() - 1);
    case 'constant':
      return () => init.value;
  }
}

/** One vector of the values that `valuesOf` gives for each parameter. */
export function joinWeights(
  parameters: readonly Parameter[],
  valuesOf: (parameter: Parameter) => Float32Array,
): Float32Array {
  const out = new Float32Array(parameterCount(parameters));
  let at = 0;
  for (const parameter of parameters) {
    out.set(valuesOf(parameter), at);
    at += sizeOf(parameter.shape);
  }
  return out;
}

/** The vector's numbers by parameter, copied. @throws UsageError (badArgument) if its length is not the model's */
export function splitWeights(
  parameters: readonly Parameter[],
  flat: Float32Array,
): Readonly<Record<string, Float32Array>> {
  const expected = parameterCount(parameters);
  if (flat.length !== expected) {
    throw new UsageError('badArgument', `expected ${expected} weights, got ${flat.length}: they are of another model`);
  }
  let at = 0;
  const entries = parameters.map(({ name, shape }): [string, Float32Array] => {
    const values = flat.slice(at, at + sizeOf(shape));
    at += values.length;
    return [name, values];
  });
  return Object.fromEntries(entries);
}
