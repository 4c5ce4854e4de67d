/** Batches of augmented pairs with a mask of their own for every example and step. @module */
import { randomFor } from '#client/data/random';
import type { Pair } from '#client/data/types';
import type { HostValues } from '#client/engine/types';
import { patchGrid } from '#client/model/image-encoder';
import { vocabularyNamed } from '#client/text/vocabularies';
import { pairSampler } from '../batches/pair-sampler.ts';
import { pairSpecs } from '../batches/specs.ts';
import type { BatchSpecs, Sampler, SamplerWorld } from '../types.ts';
import type { McrConfig } from './config.ts';
import { drawImageMask, drawWordMask, keepCount } from './mask-plan.ts';
import { partsOf } from './parts.ts';
import { wordsOfTokens } from './words.ts';

/**
 * A batch of pairs and what of it is hidden: `keep` `[B, K]`, the visible patches; `restore` `[B, P]`, each patch's place
 * among them and the masked ones; `maskedPatches` `[B, P]` and `maskedWords` `[B, T]`, 1 where something is hidden; and of
 * the hidden words alone, `[B, M]`, their places, their pieces, and 1 where there is one.
 */
export function mcrSpecs(config: McrConfig): BatchSpecs {
  const { masksImage, masksText, fillsImage, fillsText } = partsOf(config);
  const B = config.training.batchSize;
  const hidden = [B, mostHidden(config)];
  const { patches: P } = patchGrid(config.image);
  return {
    ...pairSpecs(config),
    ...(masksImage ? { keep: { shape: [B, keepCount(P, config.mcr.imageMask)], dtype: 'int32' } } : {}),
    ...(fillsImage ? { restore: { shape: [B, P], dtype: 'int32' } } : {}),
    ...(fillsImage ? { maskedPatches: { shape: [B, P], dtype: 'float32' } } : {}),
    ...(masksText ? { maskedWords: { shape: [B, config.text.length], dtype: 'float32' } } : {}),
    ...(fillsText ? { hiddenPlaces: { shape: hidden, dtype: 'int32' } } : {}),
    ...(fillsText ? { hiddenPieces: { shape: hidden, dtype: 'int32' } } : {}),
    ...(fillsText ? { isHidden: { shape: hidden, dtype: 'float32' } } : {}),
  };
}

/** M: no report has more masked tokens, as the one in front is the class token. */
function mostHidden({ text, mcr }: McrConfig): number {
  return Math.max(1, Math.round(mcr.textMask * (text.length - 1)));
}

/** As CLIP's, with masks beside. @throws UsageError (noUsableRows) if there are fewer than two pairs */
export async function mcrSampler(
  config: McrConfig,
  pairs: readonly Pair[],
  world: Pick<SamplerWorld, 'seed'>,
): Promise<Sampler> {
  const plain = await pairSampler(config, pairs, world);
  return {
    exampleCount: plain.exampleCount,
    batch: (step) => {
      const values = plain.batch(step);
      return { ...values, ...maskValues(config, values, world.seed, step) };
    },
  };
}

/** Masks of the seed and the step alone, of the programs' inputs those that the configuration has. */
function maskValues(config: McrConfig, values: HostValues, seed: number, step: number): HostValues {
  const { masksImage, masksText, fillsImage, fillsText } = partsOf(config);
  const image = masksImage ? imageMaskValues(config, values, fillsImage, seed, step) : {};
  if (!masksText) return image;
  const ids = values['ids'] as Int32Array; // as its spec says
  const maskedWords = wordMaskValues(config, ids, seed, step);
  return { ...image, maskedWords, ...(fillsText ? hiddenValues(config, ids, maskedWords) : {}) };
}

function imageMaskValues(
  { image, mcr, training }: McrConfig,
  values: HostValues,
  isFilled: boolean,
  seed: number,
  step: number,
): HostValues {
  const { patches } = patchGrid(image);
  const random = randomFor(seed, 'mask-image', step);
  const { keep, restore, masked } = drawImageMask(training.batchSize, patches, mcr.imageMask, random);
  const present = values['present']!; // of a batch of pairs
  const maskedPatches = masked.map((value, at) => value * present[Math.floor(at / patches)]!);
  return isFilled ? { keep, restore, maskedPatches } : { keep };
}

/** An empty place of the batch holds the class token alone, which is no word. */
function wordMaskValues({ text, mcr }: McrConfig, ids: Int32Array, seed: number, step: number): Float32Array {
  const random = randomFor(seed, 'mask-words', step);
  const vocabulary = vocabularyNamed(text.vocabulary);
  const masked = new Float32Array(ids.length);
  for (let at = 0; at < ids.length; at += text.length) {
    const words = wordsOfTokens(ids.subarray(at, at + text.length), vocabulary);
    masked.set(drawWordMask(words, text.length, mcr.textMask, random), at);
  }
  return masked;
}

/** The masked words of each example in order; what is left of its row is place 0 and counts nothing. */
function hiddenValues(config: McrConfig, ids: Int32Array, maskedWords: Float32Array): HostValues {
  const { text, training } = config;
  const most = mostHidden(config);
  const hiddenPlaces = new Int32Array(training.batchSize * most);
  const hiddenPieces = new Int32Array(training.batchSize * most);
  const isHidden = new Float32Array(training.batchSize * most);
  for (let example = 0; example < training.batchSize; example++) {
    let at = example * most;
    for (let place = 0; place < text.length; place++) {
      if (maskedWords[example * text.length + place] !== 1) continue;
      hiddenPlaces[at] = place;
      hiddenPieces[at] = ids[example * text.length + place]!;
      isHidden[at] = 1;
      at++;
    }
  }
  return { hiddenPlaces, hiddenPieces, isHidden };
}
