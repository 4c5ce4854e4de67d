/**
 * Images of one size. The long side is scaled to the size, the rest is black, and every image is standardised by itself,
 * which removes most of what a scanner's contrast and brightness add. Volumes are read where three extents are asked for.
 *
 * @module
 */
import sharp from 'sharp';
import { readVolume } from './read-volume.ts';

/** What an image is to become. */
export interface ImageReading {
  /** `[height, width]`, or `[depth, height, width]` of a volume. */
  readonly size: readonly number[];
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3;
}

/** More pixels than this are refused before decoding: a radiograph has some 2e7. */
const maxPixels = 2e8;

/**
 * The decoded PNG or JPEG: values of 16 bits, row by row, channels last; a file of 8 bits gives 257 times its values. Or
 * the decoded volume, clipped, slice by slice. Throws what sharp or the file system throws where the file cannot be read.
 *
 * @throws DecodeError (badFormat, outOfRange, wrongLength) if a volume is damaged
 */
export async function readImage(path: string, reading: ImageReading): Promise<Uint16Array | Float32Array> {
  return reading.size.length === 3 ? readVolume(path, reading.size) : readPicture(path, reading);
}

async function readPicture(path: string, { size, channels }: ImageReading): Promise<Uint16Array> {
  const [height, width] = size;
  const { data } = await sharp(path, { limitInputPixels: maxPixels, failOn: 'truncated' })
    .rotate()
    .flatten({ background: 'black' })
    .resize({ width, height, fit: 'contain', background: 'black' })
    .toColourspace(channels === 1 ? 'grey16' : 'rgb16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  return new Uint16Array(new Uint8Array(data).buffer); // copied, so that it is aligned
}

/** (x - mean) / sd over the image, or `undefined` for an image of one grey value. */
export function standardised(pixels: Uint16Array | Float32Array): Float32Array | undefined {
  const values = new Float32Array(pixels);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  if (variance === 0) return undefined;
  const sd = Math.sqrt(variance);
  return values.map((value) => (value - mean) / sd);
}
