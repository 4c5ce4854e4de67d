/** Batches of augmented pairs, as CLIP takes them. @module */
import { randomFor } from '#client/data/random';
import type { Pair } from '#client/data/types';
import type { HostValues } from '#client/engine/types';
import type { MethodConfig } from '../config.ts';
import type { Sampler, SamplerWorld } from '../types.ts';
import { augmentImage, augmentReport } from './augment.ts';
import { batchOf } from './order.ts';
import { imageValues, presentValues, textValues } from './values.ts';

/** The pairs of every step, augmented. @throws UsageError (noUsableRows) if there are fewer than two */
export function pairSampler(
  config: MethodConfig,
  pairs: readonly Pair[],
  { seed }: Pick<SamplerWorld, 'seed'>,
): Promise<Sampler> {
  const { batchSize } = config.training;
  const chosenAt = (step: number): readonly Pair[] =>
    batchOf(step, pairs.length, batchSize, seed).map((i) => pairs[i]!); // of these pairs
  chosenAt(0);
  return Promise.resolve({
    exampleCount: pairs.length,
    batch: (step) => augmentedValues(config, chosenAt(step), seed, step),
  });
}

/** A batch of these pairs, augmented for a step of the run, and which places hold a pair. */
export function augmentedValues(config: MethodConfig, pairs: readonly Pair[], seed: number, step: number): HostValues {
  const { augmentation, training } = config;
  const random = randomFor(seed, 'augment', step);
  const reports: string[] = [];
  const image = imageValues(config, training.batchSize, pairs, (pair, out, at) => {
    augmentImage(pair.image, config.image, augmentation, random, out, at);
    reports.push(augmentReport(pair.report, augmentation, random));
  });
  return {
    image,
    ...textValues(config, training.batchSize, reports),
    present: presentValues(training.batchSize, pairs.length),
  };
}
