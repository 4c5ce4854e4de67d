/**
 * Small changes of an image and its report, so that a model cannot learn a few pairs by heart. On the host, from the
 * seed, the step and the place in the batch: a step that is repeated after a crash sees the same numbers.
 *
 * @module
 */
import { type Random, shuffled } from '#client/data/random';
import { type AugmentationConfig, extentsOf, type ImageConfig } from '../config.ts';

/**
 * The image or volume moved along its axes, edges repeated, then contrast, brightness and white noise; written to `out`
 * from `at` on.
 */
export function augmentImage(
  image: Float32Array,
  sizes: Pick<ImageConfig, 'size' | 'channels'>,
  config: AugmentationConfig,
  random: Random,
  out: Float32Array,
  at: number,
): void {
  const extents = extentsOf(sizes);
  const [width = 1, height = 1, depth = 1] = extents.toReversed();
  const moves = extents.map(() => random.integer(2 * config.shift + 1) - config.shift);
  const [dx = 0, dy = 0, dz = 0] = moves;
  const contrast = 1 + config.contrast * random.normal();
  const brightness = config.brightness * random.normal();
  let to = at;
  for (let slice = 0; slice < depth; slice++) {
    for (let row = 0; row < height; row++) {
      const line = (held(slice + dz, depth) * height + held(row + dy, height)) * width;
      for (let column = 0; column < width; column++) {
        const from = (line + held(column + dx, width)) * sizes.channels;
        for (let channel = 0; channel < sizes.channels; channel++) {
          out[to++] = contrast * image[from + channel]! + brightness;
        }
      }
    }
  }
  if (config.noise > 0) random.addNoise(out, config.noise, at, to);
}

/** The nearest index within the extent. */
function held(index: number, extent: number): number {
  return Math.min(extent - 1, Math.max(0, index));
}

/** The report, its sentences in random order where the configuration says so. */
export function augmentReport(report: string, config: AugmentationConfig, random: Random): string {
  if (!config.shuffleSentences) return report;
  return shuffled(report.split(/(?<=[.!?])\s+/u), random).join(' ');
}
