/**
 * Random orthogonal matrices, uniform among all of them (Haar): normal vectors made orthonormal one after the other.
 *
 * Source: modified Gram and Schmidt in double precision, whose error grows with the condition of what it is given (Björck
 * 1967), here small against single precision; its R has a positive diagonal, which makes Q uniform (Mezzadri 2007, arXiv
 * math-ph/0609050, section 5).
 *
 * @module
 */
import type { Random } from '#client/data/random';
import { UsageError } from '#shared/errors';

/**
 * The numbers of a `[rows, columns]` matrix with orthonormal rows or columns, whichever are fewer.
 *
 * @throws UsageError (badArgument) if the shape is not a matrix's
 */
export function orthogonalMatrix(shape: readonly number[], random: Random): Float32Array {
  const [rows, columns] = shape;
  if (rows === undefined || columns === undefined || shape.length !== 2) {
    throw new UsageError('badArgument', `only a matrix is orthogonal, not a tensor of shape [${shape.join(', ')}]`);
  }
  const length = Math.max(rows, columns);
  const vectors: Float64Array[] = [];
  while (vectors.length < Math.min(rows, columns)) {
    const vector = Float64Array.from({ length }, () => random.normal());
    for (const other of vectors) removeAlong(vector, other);
    vectors.push(toUnit(vector));
  }
  const out = new Float32Array(rows * columns);
  const [across, along] = rows <= columns ? [columns, 1] : [1, columns];
  vectors.forEach((vector, i) => {
    for (let j = 0; j < length; j++) out[i * across + j * along] = vector[j]!;
  });
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** vector - (vector · unit) unit, in place. */
function removeAlong(vector: Float64Array, unit: Float64Array): void {
  const share = dot(vector, unit);
  for (let i = 0; i < vector.length; i++) vector[i]! -= share * unit[i]!;
}

function toUnit(vector: Float64Array): Float64Array {
  const norm = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / norm);
}
