/** Dot products of one vector with many that stand one behind the other. D numbers each. @module */

/** Four sums at once, which a processor adds side by side. */
const lanes = 4;

/** `out[row]` = query · vectors[row] for every row of a matrix. */
export function dotProducts(query: Float32Array, vectors: Float32Array, out: Float32Array): void {
  const D = query.length;
  const even = D - (D % lanes);
  const rows = vectors.length / D;
  for (let row = 0; row < rows; row++) {
    const at = row * D;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let i = 0; i < even; i += lanes) {
      a += query[i]! * vectors[at + i]!;
      b += query[i + 1]! * vectors[at + i + 1]!;
      c += query[i + 2]! * vectors[at + i + 2]!;
      d += query[i + 3]! * vectors[at + i + 3]!;
    }
    for (let i = even; i < D; i++) a += query[i]! * vectors[at + i]!;
    out[row] = a + b + (c + d);
  }
}
