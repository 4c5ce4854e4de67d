/** Vectors one behind the other, in memory or in a file. @module */

/** N vectors of D numbers each. */
export interface Vectors {
  readonly dimensions: number;
  readonly count: number;
  /** The rows from `from` to before `to`, there until the next call. */
  read(from: number, to: number): Float32Array;
}

/** The rows of a matrix. */
export function vectorsIn(matrix: Float32Array, dimensions: number): Vectors {
  return {
    dimensions,
    count: matrix.length / dimensions,
    read: (from, to) => matrix.subarray(from * dimensions, to * dimensions),
  };
}
