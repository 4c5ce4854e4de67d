/**
 * Images of one size. The long side is scaled to the size, the rest is black, and every image is standardised by itself,
 * which removes most of what a scanner's contrast and brightness add.
 *
 * @module
 */
import sharp from 'sharp';

/** What an image is to become. */
export interface ImageReading {
  /** `[height, width]`. */
  readonly size: readonly number[];
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3;
}

/** More pixels than this are refused before decoding: a radiograph has some 2e7. */
const maxPixels = 2e8;

/**
 * The decoded PNG or JPEG: values of 16 bits, row by row, channels last; a file of 8 bits gives 257 times its values.
 * Throws what sharp throws where the file cannot be read.
 */
export async function readImage(path: string, { size, channels }: ImageReading): Promise<Uint16Array> {
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
export function standardised(pixels: Uint16Array): Float32Array | undefined {
  const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  const variance = pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels.length;
  if (variance === 0) return undefined;
  const sd = Math.sqrt(variance);
  return new Float32Array(pixels).map((value) => (value - mean) / sd);
}
