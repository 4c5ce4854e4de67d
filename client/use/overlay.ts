/**
 * Maps over images as PNG: the image, the image under the map, and the map alone, side by side; of a volume some slices
 * in a row. Colours are those of viridis: the more a patch counts the lighter it is, so that a grey print reads the same.
 *
 * @module
 */
import sharp from 'sharp';
import { extentsOf, type ImageConfig } from '#client/methods/config';
import { blended, colourOf, type Rgb } from './colours.ts';
import type { PatchMap } from './patch-map.ts';

const background: Rgb = [255, 255, 255];

/** Slices of a volume that are shown, and pixels of a shown image's longer side, about. */
const shownSlices = 6;
const shownPixels = 256;
const margin = 4;

/** How much of its colour the patch that counts most takes on; what does not count stays as it is. */
const mostTint = 0.7;

/** A shown image: three bytes a pixel. */
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}

/** The PNG of an image (standardised, as read) with its map. */
export async function overlayPng(config: ImageConfig, image: Float32Array, map: PatchMap): Promise<Uint8Array> {
  const [depth, height, width] = threeAxes(extentsOf(config));
  const own = pixelsOf(config, image);
  const top = Math.max(...map.parts, 0);
  const heat = (z: number, y: number, x: number): number => {
    const part = map.parts[patchAt(map.grid, [depth, height, width], [z, y, x])]!; // a patch of the grid
    return top === 0 ? 0 : Math.max(0, part) / top;
  };
  const views: readonly Pixels[] = [
    own,
    (z, y, x) => blended(own(z, y, x), colourOf(heat(z, y, x)), mostTint * heat(z, y, x)),
    (z, y, x) => colourOf(heat(z, y, x)),
  ];
  const slices = evenly(depth, Math.min(depth, shownSlices));
  const shown = (view: Pixels, slice: number): Picture => picture(view, slice, [height, width]);
  if (depth === 1) return png([views.map((view) => shown(view, 0))]);
  return png(views.map((view) => slices.map((slice) => shown(view, slice))));
}

/** The PNG of an image alone, of a volume the slice in the middle. */
export async function imagePng(config: ImageConfig, image: Float32Array): Promise<Uint8Array> {
  const [depth, height, width] = threeAxes(extentsOf(config));
  return png([[picture(pixelsOf(config, image), Math.floor(depth / 2), [height, width])]]);
}

/** A colour for each pixel. */
type Pixels = (z: number, y: number, x: number) => Rgb;

function pixelsOf(config: ImageConfig, image: Float32Array): Pixels {
  const [, height, width] = threeAxes(extentsOf(config));
  const grey = greyOf(image);
  const { channels } = config;
  return (z, y, x) => {
    const at = ((z * height + y) * width + x) * channels;
    return channels === 1 ? [grey(at), grey(at), grey(at)] : [grey(at), grey(at + 1), grey(at + 2)];
  };
}

/** A slice, every pixel a square of them. */
function picture(view: Pixels, slice: number, [height, width]: readonly [number, number]): Picture {
  const scale = Math.max(1, Math.round(shownPixels / Math.max(height, width)));
  return drawn(width * scale, height * scale, (y, x) => view(slice, Math.floor(y / scale), Math.floor(x / scale)));
}

function threeAxes(extents: readonly number[]): readonly [depth: number, height: number, width: number] {
  const [width = 1, height = 1, depth = 1] = extents.toReversed();
  return [depth, height, width];
}

/** `count` whole numbers below `extent`, the middles of equal parts. */
function evenly(extent: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * extent) / count));
}

function patchAt(grid: readonly number[], extents: readonly number[], at: readonly number[]): number {
  const counts = threeAxes(grid);
  return counts.reduce((patch, count, axis) => patch * count + Math.floor((at[axis]! * count) / extents[axis]!), 0);
}

/** The image's numbers as bytes, the hundredth part of them at each end cut. */
function greyOf(image: Float32Array): (at: number) => number {
  const sorted = image.toSorted();
  const low = sorted[Math.floor(0.01 * (sorted.length - 1))]!;
  const high = sorted[Math.ceil(0.99 * (sorted.length - 1))]!;
  return (at) => Math.round(255 * Math.min(1, Math.max(0, (image[at]! - low) / (high - low || 1))));
}

function drawn(width: number, height: number, at: (y: number, x: number) => Rgb): Picture {
  const bytes = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) bytes.set(at(y, x), 3 * (y * width + x));
  return { width, height, bytes };
}

/** Pictures of one size in rows. */
async function png(rows: readonly (readonly Picture[])[]): Promise<Uint8Array> {
  const { width, height } = rows[0]![0]!; // there is one
  const total = rows[0]!.length * (width + margin) - margin;
  const canvas = drawn(total, rows.length * (height + margin) - margin, (y, x) => {
    const [row, column] = [Math.floor(y / (height + margin)), Math.floor(x / (width + margin))];
    const [inY, inX] = [y - row * (height + margin), x - column * (width + margin)];
    const { bytes } = rows[row]![column]!; // the canvas is as large as they are
    if (inY >= height || inX >= width) return background;
    const at = 3 * (inY * width + inX);
    return [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!];
  });
  const raw = { width: canvas.width, height: canvas.height, channels: 3 } as const;
  return new Uint8Array(await sharp(canvas.bytes, { raw }).png().toBuffer());
}
