/** Pairs as the values of a batch. @module */
import { randomFor } from '#client/data/random';
import type { Pair } from '#client/data/types';
import type { HostValues } from '#client/engine/types';
import type { MethodConfig } from '#client/methods/config';
import { tokenize } from '#client/text/tokenize';
import { vocabularyNamed } from '#client/text/vocabularies';
import { augmentImage, augmentReport } from './augment.ts';

/** The pairs as they are, in a batch of `size`. */
export function plainValues(pairs: readonly Pair[], size: number, config: MethodConfig): HostValues {
  return values(pairs, size, config, (pair, image, at) => {
    image.set(pair.image, at);
    return pair.report;
  });
}

/** The pairs augmented for a step of the run, and which places hold a pair. */
export function trainValues(pairs: readonly Pair[], config: MethodConfig, seed: number, step: number): HostValues {
  const { augmentation, image: sizes, training } = config;
  const random = randomFor(seed, 'augment', step);
  const batch = values(pairs, training.batchSize, config, (pair, image, at) => {
    augmentImage(pair.image, sizes.size, augmentation, random, image, at);
    return augmentReport(pair.report, augmentation, random);
  });
  return { ...batch, present: new Float32Array(training.batchSize).fill(1, 0, pairs.length) };
}

/** `place` writes a pair's image and answers with its report. Places beyond the pairs hold zeros and the class token. */
function values(
  pairs: readonly Pair[],
  size: number,
  { image: { size: side }, text }: MethodConfig,
  place: (pair: Pair, image: Float32Array, at: number) => string,
): HostValues {
  const vocabulary = vocabularyNamed(text.vocabulary);
  const image = new Float32Array(size * side * side);
  const ids = new Int32Array(size * text.length);
  const mask = new Float32Array(size * text.length);
  for (let i = 0; i < size; i++) {
    const pair = pairs[i];
    const report = pair === undefined ? '' : place(pair, image, i * side * side);
    const tokens = tokenize(report, vocabulary, text.length);
    ids.set(tokens.ids, i * text.length);
    mask.set(tokens.mask, i * text.length);
  }
  return { image, ids, mask };
}
