/** Rows of numbers as directions, in float64: what is compared by cosines outside of a program. @module */

/** x / max(|x|, 1e-8). */
export function unitRow(row: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(row);
  const norm = Math.max(Math.sqrt(dot(values, values)), 1e-8);
  return values.map((value) => value / norm);
}

/** The inner product of two rows of one length; of unit rows their cosine. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
