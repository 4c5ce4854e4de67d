/** How a grid lies in the patient, so that volumes of different scanners have their axes alike. @module */
import { DecodeError } from '#shared/errors';

/** Where the voxels of the turned volume are in the one that is given. */
export interface Orientation {
  /** `[depth, height, width]`. */
  readonly size: readonly [number, number, number];
  /** The index of the turned volume's first voxel. */
  readonly first: number;
  /** From voxel to voxel along each of its axes. */
  readonly steps: readonly [number, number, number];
}

/** Depth runs up, height to the back, width to the left; the world's axes run right, to the front, up. */
const wanted = [
  { row: 2, sign: 1 },
  { row: 1, sign: -1 },
  { row: 0, sign: -1 },
] as const;

/**
 * The turn by right angles and mirrors that comes nearest. `extents` are those of i, j and k, i fastest; a row of
 * `directions` is a world axis, a column a voxel's axis.
 *
 * @throws DecodeError (badFormat) if the axes do not span space
 */
export function orientation(
  extents: readonly [number, number, number],
  directions: readonly (readonly number[])[],
): Orientation {
  if (!(Math.abs(determinant(directions)) > 1e-12)) {
    throw new DecodeError('badFormat', 'a volume file: expected three axes in different directions');
  }
  const axisOf = nearestAxes(directions);
  const strides = [1, extents[0], extents[0] * extents[1]] as const;
  const turned = wanted.map(({ row, sign }) => {
    const axis = axisOf[row]!; // one for each row
    const mirrored = directions[row]![axis]! * sign < 0;
    return { extent: extents[axis]!, stride: strides[axis]!, mirrored };
  });
  const [depth, height, width] = turned.map(({ extent }) => extent) as [number, number, number]; // three wanted
  const steps = turned.map(({ stride, mirrored }) => (mirrored ? -stride : stride)) as [number, number, number];
  const first = turned.reduce((at, { extent, stride, mirrored }) => at + (mirrored ? (extent - 1) * stride : 0), 0);
  return { size: [depth, height, width], first, steps };
}

/** The voxel axis for each world axis: the best matching pair first. */
function nearestAxes(directions: readonly (readonly number[])[]): readonly number[] {
  const lengths = [0, 1, 2].map((axis) => Math.hypot(...directions.map((row) => row[axis]!)));
  const pairs = directions
    .flatMap((row, world) => row.map((value, axis) => ({ world, axis, share: Math.abs(value) / lengths[axis]! })))
    .sort((a, b) => b.share - a.share);
  const axisOf: number[] = [];
  for (const { world, axis } of pairs) {
    if (axisOf[world] === undefined && !axisOf.includes(axis)) axisOf[world] = axis;
  }
  return axisOf;
}

function determinant([a = [], b = [], c = []]: readonly (readonly number[])[]): number {
  const minor = (i: number, j: number): number => b[i]! * c[j]! - b[j]! * c[i]!;
  return a[0]! * minor(1, 2) - a[1]! * minor(0, 2) + a[2]! * minor(0, 1);
}
