/**
 * Small changes of an image and its report, so that a model cannot learn a few pairs by heart. On the host, from the
 * seed, the step and the place in the batch: a step that is repeated after a crash sees the same numbers.
 *
 * @module
 */
import { type Random, shuffled } from '#client/data/random';
import type { AugmentationConfig } from '#client/methods/config';

/** The image moved, edges repeated, then contrast, brightness and white noise; written to `out` from `at` on. */
export function augmentImage(
  image: Float32Array,
  size: number,
  config: AugmentationConfig,
  random: Random,
  out: Float32Array,
  at: number,
): void {
  const dx = random.integer(2 * config.shift + 1) - config.shift;
  const dy = random.integer(2 * config.shift + 1) - config.shift;
  const contrast = 1 + config.contrast * random.normal();
  const brightness = config.brightness * random.normal();
  const inside = (index: number): number => Math.min(size - 1, Math.max(0, index));
  for (let row = 0; row < size; row++) {
    const from = inside(row + dy) * size;
    for (let column = 0; column < size; column++) {
      const value = image[from + inside(column + dx)]!;
      const noise = config.noise > 0 ? config.noise * random.roughNormal() : 0;
      out[at + row * size + column] = contrast * value + brightness + noise;
    }
  }
}

/** The report, its sentences in random order where the configuration says so. */
export function augmentReport(report: string, config: AugmentationConfig, random: Random): string {
  if (!config.shuffleSentences) return report;
  return shuffled(report.split(/(?<=[.!?])\s+/u), random).join(' ');
}
