/**
 * The distance of two outlines, in millimetres: the 95th percentile of how far the surface of one lies from that of the
 * other, the greater of both directions. Distances to a surface come from an exact Euclidean distance transform, in time
 * proportional to the cells.
 *
 * Sources: Huttenlocher et al. 1993 for the distance; Felzenszwalb and Huttenlocher 2012, "Distance transforms of sampled
 * functions", section 2, one axis after the other.
 *
 * @module
 */

/** A mask of one object: cells row by row, 1 in it and 0 outside. */
export interface Mask {
  readonly shape: readonly number[];
  readonly cells: ArrayLike<number>;
}

/** Null if either mask is empty. Both have one shape; `spacing` is the distance of neighbouring cells along each axis. */
export function hausdorff95(actual: Mask, predicted: Mask, spacing: readonly number[]): number | null {
  const [a, b] = [surface(actual), surface(predicted)];
  if (a.length === 0 || b.length === 0) return null;
  return Math.max(
    percentile95(distances(a, b, actual.shape, spacing)),
    percentile95(distances(b, a, actual.shape, spacing)),
  );
}

/** Cells of the object with a neighbour across a face that is not in it; what lies outside the array is not. */
function surface({ shape, cells }: Mask): readonly number[] {
  const strides = stridesOf(shape);
  const found: number[] = [];
  for (let cell = 0; cell < cells.length; cell++) {
    if (cells[cell] !== 1) continue;
    const exposed = shape.some((extent, axis) => {
      const place = Math.floor(cell / strides[axis]!) % extent;
      const inside = (step: number): boolean =>
        place + step >= 0 && place + step < extent && cells[cell + step * strides[axis]!] === 1;
      return !inside(-1) || !inside(1);
    });
    if (exposed) found.push(cell);
  }
  return found;
}

/** How far each cell of `from` is from the nearest cell of `to`. */
function distances(
  from: readonly number[],
  to: readonly number[],
  shape: readonly number[],
  spacing: readonly number[],
): readonly number[] {
  const squares = new Float64Array(shape.reduce((product, extent) => product * extent, 1)).fill(Infinity);
  for (const cell of to) squares[cell] = 0;
  const strides = stridesOf(shape);
  shape.forEach((extent, axis) => {
    transformAxis(squares, extent, strides[axis]!, spacing[axis]!);
  });
  return from.map((cell) => Math.sqrt(squares[cell]!));
}

/** For every line along an axis: min over q of (spacing (p - q))² + squares[q], by the lower envelope of parabolas. */
function transformAxis(squares: Float64Array, extent: number, stride: number, spacing: number): void {
  const line = new Float64Array(extent);
  const roots = new Int32Array(extent);
  const starts = new Float64Array(extent + 1);
  for (let first = 0; first < squares.length; first++) {
    if (Math.floor(first / stride) % extent !== 0) continue;
    for (let p = 0; p < extent; p++) line[p] = squares[first + p * stride]!;
    const count = envelope(line, spacing, roots, starts);
    if (count === 0) continue;
    for (let p = 0, k = 0; p < extent; p++) {
      while (k + 1 < count && starts[k + 1]! <= p) k++;
      squares[first + p * stride] = (spacing * (p - roots[k]!)) ** 2 + line[roots[k]!]!;
    }
  }
}

/** The parabolas that are lowest somewhere, from left to right, and where each begins to be. Returns how many. */
function envelope(line: Float64Array, spacing: number, roots: Int32Array, starts: Float64Array): number {
  let count = 0;
  for (let q = 0; q < line.length; q++) {
    if (line[q] === Infinity) continue;
    let start = -Infinity;
    while (count > 0) {
      const r = roots[count - 1]!;
      start = (line[q]! - line[r]!) / (2 * spacing * spacing * (q - r)) + (q + r) / 2;
      if (start > starts[count - 1]!) break;
      count--;
      start = -Infinity;
    }
    roots[count] = q;
    starts[count] = start;
    count++;
  }
  return count;
}

/** Linear between order statistics, at position 0.95 (n - 1). */
function percentile95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = 0.95 * (sorted.length - 1);
  const below = Math.floor(position);
  const next = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return sorted[below]! + (position - below) * (next - sorted[below]!);
}

function stridesOf(shape: readonly number[]): readonly number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
}
