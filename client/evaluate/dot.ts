/** Inner products of rows of numbers. @module */

type Row = Float32Array | Float64Array;

/** The inner product of two rows of one length, in float64; of unit rows their cosine. */
export function dot(a: Row, b: Row): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
