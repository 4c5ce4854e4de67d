/** Small square images of numbers, and what is done to them. @module */
import type { Random } from '../../random.ts';

/** Pixels along one side. */
export const size = 64;

/** The coordinate of a column or row, in [-1, 1]. */
export function coordinate(index: number): number {
  return (2 * (index + 0.5)) / size - 1;
}

/** x x, much faster than a power. */
export function square(x: number): number {
  return x * x;
}

/** 1 / (1 + exp(-z)): a soft edge. */
export function soft(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

/** White noise, about standard normal. */
export function whiteNoise(random: Random): Float32Array {
  return new Float32Array(size * size).map(() => random.roughNormal());
}

/** Standard normal values on a coarse grid of `cells` cells, linear in between. */
export function slowNoise(random: Random, cells: number): (x: number, y: number) => number {
  const points = cells + 1;
  const grid = Float32Array.from({ length: points * points }, () => random.normal());
  return (x, y) => {
    const gx = ((x + 1) / 2) * cells;
    const gy = ((y + 1) / 2) * cells;
    const column = Math.min(cells - 1, Math.max(0, Math.floor(gx)));
    const row = Math.min(cells - 1, Math.max(0, Math.floor(gy)));
    const fx = gx - column;
    const fy = gy - row;
    const at = row * points + column;
    const top = grid[at]! * (1 - fx) + grid[at + 1]! * fx;
    const bottom = grid[at + points]! * (1 - fx) + grid[at + points + 1]! * fx;
    return top * (1 - fy) + bottom * fy;
  };
}

/** Gaussian blur, edges repeated. `sd` in pixels. */
export function blurred(image: Float32Array, sd: number): Float32Array {
  const reach = Math.ceil(3 * sd);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sd * sd)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const kernel = weights.map((weight) => weight / total);
  return alongRows(alongRows(image, kernel, reach, 1, size), kernel, reach, size, 1);
}

/** One pass of a separable filter: `step` from pixel to pixel along a line, `jump` from line to line. */
function alongRows(
  image: Float32Array,
  kernel: readonly number[],
  reach: number,
  step: number,
  jump: number,
): Float32Array {
  const out = new Float32Array(image.length);
  for (let line = 0; line < size; line++) {
    for (let i = 0; i < size; i++) {
      let value = 0;
      for (let k = -reach; k <= reach; k++) {
        const from = Math.min(size - 1, Math.max(0, i + k));
        value += kernel[k + reach]! * image[line * jump + from * step]!;
      }
      out[line * jump + i * step] = value;
    }
  }
  return out;
}

/** Every block of two by two pixels replaced by its mean. */
export function halved(image: Float32Array): Float32Array {
  return image.map((_, at) => {
    const row = Math.floor(at / size) & ~1;
    const column = (at % size) & ~1;
    const first = row * size + column;
    return (image[first]! + image[first + 1]! + image[first + size]! + image[first + size + 1]!) / 4;
  });
}
