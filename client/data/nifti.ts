/**
 * NIfTI-1 and NIfTI-2 volumes from their bytes, in one orientation. The header is read by nifti-reader-js, which checks
 * next to nothing, so everything that is used of it is checked here before a voxel is touched. The library is given the
 * header alone: the size of an extension can send it round in circles.
 *
 * Source: the NIfTI-1 header file nifti1.h (2007) and nifti2.h (2011).
 *
 * @module
 */
import { isNIFTI1, isNIFTI2, NIFTI1, NIFTI2 } from 'nifti-reader-js';
import { DecodeError } from '#shared/errors';
import { orientation } from './nifti-orientation.ts';

/** Numbers on a grid; `[depth, height, width]` run to the patient's head, back and left. */
export interface Volume {
  readonly size: readonly [number, number, number];
  readonly values: Float32Array;
}

/** What is used of a header, checked. */
export interface NiftiHeader {
  /** Voxels along i, j and k. */
  readonly extents: readonly [number, number, number];
  readonly voxel: VoxelType;
  readonly littleEndian: boolean;
  /** Where the first voxel is. */
  readonly offset: number;
  /** Bytes up to the last voxel of the last volume in the file. */
  readonly length: number;
  readonly slope: number;
  readonly intercept: number;
  /** World coordinates (right, front, up) by voxel indices: three rows of three. */
  readonly directions: readonly (readonly number[])[];
}

interface VoxelType {
  readonly bytes: number;
  readonly read: (view: DataView, at: number, littleEndian: boolean) => number;
}

/** By the code of the data type: all whole numbers and real numbers that a double holds exactly. */
const voxelTypes: ReadonlyMap<number, VoxelType> = new Map([
  [NIFTI1.TYPE_UINT8, { bytes: 1, read: (view, at) => view.getUint8(at) }],
  [NIFTI1.TYPE_INT8, { bytes: 1, read: (view, at) => view.getInt8(at) }],
  [NIFTI1.TYPE_INT16, { bytes: 2, read: (view, at, little) => view.getInt16(at, little) }],
  [NIFTI1.TYPE_UINT16, { bytes: 2, read: (view, at, little) => view.getUint16(at, little) }],
  [NIFTI1.TYPE_INT32, { bytes: 4, read: (view, at, little) => view.getInt32(at, little) }],
  [NIFTI1.TYPE_UINT32, { bytes: 4, read: (view, at, little) => view.getUint32(at, little) }],
  [NIFTI1.TYPE_FLOAT32, { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) }],
  [NIFTI1.TYPE_FLOAT64, { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) }],
] satisfies [number, VoxelType][]);

/** Voxels of one volume: 512 slices of 512 x 512. */
const maxVoxels = 2 ** 27;
/** Bytes of a file, inflated: a run of volumes in one file counts whole. */
const maxBytes = 2 ** 30;

/** Bytes that hold the header of either version. */
export const headerBytes = 544;

/** The checked header from the first bytes of a file. @throws DecodeError (badFormat, outOfRange) */
export function decodeNiftiHeader(bytes: Uint8Array): NiftiHeader {
  const header = parsed(bytes);
  const extents = extentsOf(header);
  const voxel = voxelTypes.get(header.datatypeCode);
  if (voxel === undefined || header.numBitsPerVoxel !== 8 * voxel.bytes) {
    throw refused('voxels that are whole or real numbers of 8 to 64 bits');
  }
  const volumes = Array.from({ length: header.dims[0]! - 3 }, (_, i) => header.dims[4 + i]!);
  const count = [...extents, ...volumes].reduce((product, extent) => product * extent, 1);
  const first = header instanceof NIFTI1 ? 352 : 544;
  const { vox_offset: offset, scl_slope: slope, scl_inter: intercept } = header;
  if (!(Number.isInteger(offset) && offset >= first)) throw refused('voxels that begin behind the header');
  const length = offset + count * voxel.bytes;
  if (extents[0] * extents[1] * extents[2] > maxVoxels || length > maxBytes) {
    throw new DecodeError('outOfRange', `a volume has at most ${maxVoxels} voxels, and its file ${maxBytes} bytes`);
  }
  if (!Number.isFinite(slope) || !Number.isFinite(intercept)) throw refused('a finite slope and intercept');
  const scaling = slope === 0 ? { slope: 1, intercept: 0 } : { slope, intercept };
  return { extents, voxel, littleEndian: header.littleEndian, offset, length, ...scaling, directions: directionsOf(header) }; // prettier-ignore
}

/**
 * The volume of a file, the first one where it holds several, scaled.
 *
 * @throws DecodeError (badFormat, outOfRange, wrongLength); a voxel that is no finite number is refused
 */
export function decodeNifti(bytes: Uint8Array): Volume {
  const { extents, voxel, littleEndian, offset, length, slope, intercept, directions } = decodeNiftiHeader(bytes);
  if (bytes.length < length) {
    throw new DecodeError('wrongLength', `a volume file: its header asks for ${length} bytes, it has ${bytes.length}`);
  }
  const { size, first, steps } = orientation(extents, directions);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [depth, height, width] = size;
  const values = new Float32Array(depth * height * width);
  let to = 0;
  for (let slice = 0; slice < depth; slice++) {
    for (let row = 0; row < height; row++) {
      let from = first + slice * steps[0] + row * steps[1];
      for (let column = 0; column < width; column++) {
        values[to++] = slope * voxel.read(view, offset + from * voxel.bytes, littleEndian) + intercept;
        from += steps[2];
      }
    }
  }
  if (!values.every(Number.isFinite)) throw refused('voxels that are finite numbers');
  return { size, values };
}

function parsed(bytes: Uint8Array): NIFTI1 | NIFTI2 {
  for (const [isKind, Kind, length] of [
    [isNIFTI1, NIFTI1, 348],
    [isNIFTI2, NIFTI2, 540],
  ] as const) {
    // prettier-ignore
    const own = Uint8Array.from(bytes.subarray(0, length)).buffer;
    if (own.byteLength < length || !isKind(own)) continue;
    try {
      const header = new Kind();
      header.readHeader(own);
      return header;
    } catch (cause) {
      throw refused('a NIfTI header', cause);
    }
  }
  throw refused('a NIfTI-1 or NIfTI-2 file in one part (.nii)');
}

/** Three axes at least; further ones count volumes. */
function extentsOf({ dims }: NIFTI1 | NIFTI2): readonly [number, number, number] {
  const [axes = 0, i = 0, j = 0, k = 0] = dims;
  const used = dims.slice(1, 1 + Math.max(3, axes));
  if (!(axes >= 3 && axes <= 7 && used.every((extent) => Number.isInteger(extent) && extent >= 1))) {
    throw refused('three axes or more, and at least one voxel along each');
  }
  return [i, j, k];
}

/** The library has them for NIfTI-1; of NIfTI-2 it reads the matrix alone. */
function directionsOf(header: NIFTI1 | NIFTI2): readonly (readonly number[])[] {
  const spacing = header.pixDims.slice(1, 4);
  const rows = header instanceof NIFTI1 || header.sform_code > 0 ? header.affine : rotationOf(header);
  const directions = rows.slice(0, 3).map((row) => row.slice(0, 3));
  if (![...spacing, ...directions.flat()].every(Number.isFinite)) throw refused('a finite grid');
  return directions;
}

/** The quaternion's matrix, columns scaled by the spacing; without one the axes as they are. */
function rotationOf({ qform_code, pixDims, quatern_b: b, quatern_c: c, quatern_d: d }: NIFTI2): readonly number[][] {
  const [side = 1, ...spacing] = pixDims.slice(0, 4);
  const a = Math.sqrt(1 - b * b - c * c - d * d);
  const rotation =
    qform_code > 0
      ? [
          [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
          [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
          [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
      : [[1, 0, 0], [0, 1, 0], [0, 0, 1]]; // prettier-ignore
  const scale = [spacing[0]!, spacing[1]!, spacing[2]! * (qform_code > 0 && side < 0 ? -1 : 1)]; // three of them
  return rotation.map((row) => row.map((value, column) => value * scale[column]!));
}

function refused(expected: string, cause?: unknown): DecodeError {
  return new DecodeError('badFormat', `a volume file: expected ${expected}`, cause === undefined ? {} : { cause });
}
