/**
 * Which part of an image drives a score: each patch in turn is replaced by the image's mean, and what the score loses is
 * the patch's part in it. It holds for every encoder and reads no gradient; patches that only count together are not
 * told apart from patches that do not count.
 *
 * Source: Zeiler and Fergus 2014 (arXiv 1311.2901), section 4.2.
 *
 * @module
 */
import { extentsOf, type ImageConfig } from '#client/methods/config';
import { patchGrid } from '#client/model/image-encoder';
import { sizeOf } from '#client/model/parameters';
import type { Imaged } from './open-trained.ts';
import type { PatchMap } from './patch-map.ts';

/** What the score loses without each patch. */
export interface Occlusion extends PatchMap {
  /** Of the whole image. */
  readonly score: number;
}

/** Patches along an axis where the encoder has none of its own. */
const otherwise = 8;

/** The map of one image; `scoreOf` is asked for the image and for as many copies as it has patches. */
export async function occlusion(
  image: ImageConfig,
  values: Float32Array,
  scoreOf: (images: readonly Imaged[]) => Promise<readonly number[]>,
): Promise<Occlusion> {
  const grid = patchesOf(image);
  const hidden = patchOfPixels(extentsOf(image), grid);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const { channels } = image;
  const copies = Array.from({ length: sizeOf(grid) }, (_, patch) => ({
    image: values.map((value, i) => (hidden[Math.floor(i / channels)] === patch ? mean : value)),
  }));
  const [score = Number.NaN, ...without] = await scoreOf([{ image: values }, ...copies]);
  return { grid, parts: without.map((one) => score - one), score };
}

/** Those of the transformer; of another encoder as many as are read easily. */
function patchesOf(image: ImageConfig): readonly number[] {
  return image.encoder === 'vit'
    ? patchGrid(image).grid
    : extentsOf(image).map((extent) => Math.min(extent, otherwise));
}

/** The patch of each pixel, in the order of the pixels. */
function patchOfPixels(extents: readonly number[], grid: readonly number[]): Uint32Array {
  return Uint32Array.from({ length: sizeOf(extents) }, (_, pixel) => {
    let [rest, patch, step] = [pixel, 0, 1];
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      const [extent, count] = [extents[axis]!, grid[axis]!];
      patch += step * Math.floor(((rest % extent) * count) / extent);
      rest = Math.floor(rest / extent);
      step *= count;
    }
    return patch;
  });
}
