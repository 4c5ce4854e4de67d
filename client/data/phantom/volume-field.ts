/**
 * Small volumes of numbers, and what is done to them. A place is (x, y, z) in [-1, 1]: x to the right of the image, y down
 * it, z along the slices. Voxels lie slice by slice, row by row.
 *
 * @module
 */
import type { Random } from '../random.ts';
import { soft, square } from './radiograph/field.ts';

/** Voxels along `[depth, height, width]`. */
export type VolumeSize = readonly [number, number, number];

/** A value at a place; `at` is the voxel's index. */
export type VolumeField = (x: number, y: number, z: number, at: number) => number;

/** A centre and the radii along the three axes. */
export interface Ellipsoid {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly rx: number;
  readonly ry: number;
  readonly rz: number;
}

/** The number of voxels. */
export function voxelCount([depth, height, width]: VolumeSize): number {
  return depth * height * width;
}

/** The field at the centre of every voxel. */
export function sampled(size: VolumeSize, field: VolumeField): Float32Array {
  const [depth, height, width] = size;
  const centre = (index: number, count: number): number => (2 * (index + 0.5)) / count - 1;
  const out = new Float32Array(voxelCount(size));
  let at = 0;
  for (let slice = 0; slice < depth; slice++) {
    const z = centre(slice, depth);
    for (let row = 0; row < height; row++) {
      const y = centre(row, height);
      for (let column = 0; column < width; column++) {
        out[at] = field(centre(column, width), y, z, at);
        at++;
      }
    }
  }
  return out;
}

/** Squared distance from the centre in units of the radii: below 1 inside. */
export function ellipsoidDistance2(body: Ellipsoid, x: number, y: number, z: number): number {
  return square((x - body.x) / body.rx) + square((y - body.y) / body.ry) + square((z - body.z) / body.rz);
}

/** How much a place lies in it, 0 to 1; the edge is about 4 / `sharpness` of a radius wide. */
export function inEllipsoid(body: Ellipsoid, sharpness: number, x: number, y: number, z: number): number {
  return soft(sharpness * (1 - ellipsoidDistance2(body, x, y, z)));
}

/** White noise, about standard normal. */
export function whiteNoise(size: VolumeSize, random: Random): Float32Array {
  return new Float32Array(voxelCount(size)).map(() => random.roughNormal());
}

/** Standard normal values on a coarse grid of `cells` cells along each axis, linear in between. */
export function slowNoise(random: Random, cells: number): VolumeField {
  const points = cells + 1;
  const grid = Float32Array.from({ length: points ** 3 }, () => random.normal());
  const cellOf = (place: number): number => Math.min(cells - 1, Math.max(0, Math.floor(place)));
  return (x, y, z) => {
    const [gx, gy, gz] = [((x + 1) / 2) * cells, ((y + 1) / 2) * cells, ((z + 1) / 2) * cells];
    const [column, row, slice] = [cellOf(gx), cellOf(gy), cellOf(gz)];
    const [fx, fy, fz] = [gx - column, gy - row, gz - slice];
    const first = (slice * points + row) * points + column;
    const along = (at: number): number => grid[at]! * (1 - fx) + grid[at + 1]! * fx;
    const plane = (at: number): number => along(at) * (1 - fy) + along(at + points) * fy;
    return plane(first) * (1 - fz) + plane(first + points * points) * fz;
  };
}

/** Gaussian blur, edges repeated. `sd` in voxels along `[depth, height, width]`; 0 leaves an axis alone. */
export function blurred(values: Float32Array, size: VolumeSize, sd: VolumeSize): Float32Array {
  const [depth, height, width] = size;
  const steps = [height * width, width, 1] as const;
  return [depth, height, width].reduce(
    (before, count, axis) => (sd[axis]! > 0 ? filtered(before, count, steps[axis]!, gaussian(sd[axis]!)) : before), // three axes
    values,
  );
}

/** The weights of a Gaussian from -reach to reach, their sum 1. */
function gaussian(sd: number): readonly number[] {
  const reach = Math.ceil(3 * sd);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-square(i - reach) / (2 * sd * sd)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** One pass of a separable filter along an axis of `count` voxels that lie `step` apart. */
function filtered(values: Float32Array, count: number, step: number, kernel: readonly number[]): Float32Array {
  const reach = (kernel.length - 1) / 2;
  return values.map((_, at) => {
    const place = Math.floor(at / step) % count;
    const line = at - place * step;
    let value = 0;
    for (let k = -reach; k <= reach; k++) {
      value += kernel[k + reach]! * values[line + Math.min(count - 1, Math.max(0, place + k)) * step]!;
    }
    return value;
  });
}

/** Values of 0 to 1 as bytes; what is outside is cut. */
export function toBytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.map((value) => Math.round(255 * Math.min(1, Math.max(0, value)))));
}
