/** Volume files, `.nii` and `.nii.gz`; what is compressed is told by its first bytes, not by its name. @module */
import { readFile, stat } from 'node:fs/promises';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { DecodeError } from '#shared/errors';
import { decodeNifti, decodeNiftiHeader, headerBytes, type Volume } from './nifti.ts';

/** Larger files are refused before they are read. */
const maxFileBytes = 2 ** 30;
/** Compressed bytes that hold a header for certain. */
const beginning = 4096;
/** What a file may have behind its last voxel. */
const behind = 2 ** 16;

/** @throws DecodeError (badFormat, outOfRange, wrongLength), and what the file system says of a file that cannot be read */
export async function readNifti(path: string): Promise<Volume> {
  if ((await stat(path)).size > maxFileBytes) {
    throw new DecodeError('outOfRange', `a volume file has at most ${maxFileBytes} bytes`);
  }
  const bytes = await readFile(path);
  return decodeNifti(bytes[0] === 0x1f && bytes[1] === 0x8b ? inflated(bytes) : bytes);
}

/** No more than the header asks for is ever inflated. The checksum at the end is compared by zlib. */
function inflated(bytes: Uint8Array): Uint8Array {
  try {
    const start = gunzipSync(bytes.subarray(0, beginning), { finishFlush: constants.Z_SYNC_FLUSH });
    const { length } = decodeNiftiHeader(start.subarray(0, headerBytes));
    return gunzipSync(bytes, { maxOutputLength: length + behind });
  } catch (cause) {
    if (cause instanceof DecodeError) throw cause;
    throw new DecodeError(
      'badFormat',
      'a volume file: its compressed bytes are damaged, or more than its header says',
      {
        cause,
      },
    );
  }
}

/** Bytes on a grid of `[depth, height, width]` that runs up, to the back and to the left. */
interface ByteVolume {
  readonly size: readonly number[];
  readonly values: Uint8Array;
}

/** A compressed NIfTI-1 file, which `readNifti` reads as it was given. */
export function encodeNifti({ size, values }: ByteVolume): Uint8Array {
  const offset = 352;
  const file = new Uint8Array(offset + values.length);
  const view = new DataView(file.buffer);
  view.setInt32(0, 348, true);
  [3, ...size.toReversed(), 1, 1, 1, 1].forEach((extent, i) => {
    view.setInt16(40 + 2 * i, extent, true);
  });
  view.setInt16(70, 2, true); // unsigned bytes
  view.setInt16(72, 8, true);
  for (let i = 0; i < 4; i++) view.setFloat32(76 + 4 * i, 1, true);
  view.setFloat32(108, offset, true);
  view.setFloat32(112, 1, true);
  view.setInt16(254, 1, true); // the matrix that follows is the scanner's
  for (const [at, value] of [[280, -1], [300, -1], [320, 1]] as const) view.setFloat32(at, value, true); // prettier-ignore
  file.set([0x6e, 0x2b, 0x31, 0], 344); // n+1
  file.set(values, offset);
  return gzipSync(file);
}
