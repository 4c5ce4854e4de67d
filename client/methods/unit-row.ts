/** Rows of numbers as directions, in float64: what is compared by cosines outside of a program. @module */
import { dot } from '#client/evaluate/dot';

/** x / max(|x|, 1e-8). */
export function unitRow(row: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(row);
  const norm = Math.max(Math.sqrt(dot(values, values)), 1e-8);
  return values.map((value) => value / norm);
}
