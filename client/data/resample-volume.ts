/** Volumes on another grid. @module */

/**
 * The volume on a grid of `to` voxels over the same space, linear along each axis in turn; where an axis shrinks, the
 * triangle is as wide as the new voxels are apart, so that no voxel is passed over. `[depth, height, width]`, slice by
 * slice. The same size gives the same values.
 */
export function resampled(values: Float32Array, from: readonly number[], to: readonly number[]): Float32Array {
  let current = values;
  const size = [...from];
  for (const axis of [2, 1, 0]) {
    current = alongAxis(current, size, axis, to[axis]!); // three axes
    size[axis] = to[axis]!;
  }
  return current;
}

/** What one new voxel is made of: the first old voxel, and the weights of it and those after it. */
interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

function alongAxis(values: Float32Array, size: readonly number[], axis: number, count: number): Float32Array {
  const old = size[axis]!;
  if (old === count) return values;
  const product = (extents: readonly number[]): number => extents.reduce((all, extent) => all * extent, 1);
  const lines = product(size.slice(0, axis));
  const step = product(size.slice(axis + 1));
  const taps = Array.from({ length: count }, (_, i) => tapsOf(i, old, count));
  const out = new Float32Array(lines * count * step);
  for (let line = 0; line < lines; line++) {
    for (const [i, { first, weights }] of taps.entries()) {
      for (let rest = 0; rest < step; rest++) {
        let sum = 0;
        let at = (line * old + first) * step + rest;
        for (const weight of weights) {
          sum += weight * values[at]!;
          at += step;
        }
        out[(line * count + i) * step + rest] = sum;
      }
    }
  }
  return out;
}

/** A triangle around the new voxel's centre, cut off at the ends, its sum 1. */
function tapsOf(i: number, old: number, count: number): Taps {
  const scale = old / count;
  const reach = Math.max(1, scale);
  const centre = (i + 0.5) * scale - 0.5;
  const first = Math.max(0, Math.ceil(centre - reach));
  const last = Math.min(old - 1, Math.floor(centre + reach));
  const heights = Array.from({ length: last - first + 1 }, (_, k) => 1 - Math.abs(first + k - centre) / reach);
  const total = heights.reduce((sum, height) => sum + height, 0);
  return { first, weights: heights.map((height) => height / total) };
}
