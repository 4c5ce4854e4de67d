/** SeLIP's batches: images, texts, and how alike the texts' reports are. B pairs. @module */
import { randomFor } from '#client/data/random';
import type { Pair } from '#client/data/types';
import { UsageError } from '#shared/errors';
import { batchOf } from '../batches/order.ts';
import { augmentedValues } from '../batches/pair-sampler.ts';
import type { Sampler } from '../types.ts';
import type { SelipConfig } from './config.ts';
import { distinctTextBatches } from './distinct-batches.ts';
import { similarityMatrix } from './similarity.ts';
import type { Study } from './studies.ts';

/** The batches of pairs with their studies. @throws UsageError (noUsableRows) if there are not two different texts */
export function selipSampler(
  config: SelipConfig,
  pairs: readonly Pair[],
  studies: readonly Study[],
  seed: number,
): Sampler {
  const { batchSize } = config.training;
  const texts = textsOf(config, pairs, studies);
  if (new Set(texts).size < 2) {
    throw new UsageError('noUsableRows', 'a contrastive method needs two training pairs with different texts');
  }
  const chosenAt = config.selip.distinctTexts
    ? distinctOrder(texts, batchSize, seed)
    : (step: number) => batchOf(step, pairs.length, batchSize, seed);
  return {
    exampleCount: pairs.length,
    batch(step) {
      const chosen = chosenAt(step);
      const shown = chosen.map((i) => ({ ...pairs[i]!, report: texts[i]! }));
      const S = similarityMatrix(chosen.map((i) => studies[i]!.lines));
      return { ...augmentedValues(config, shown, seed, step), similarity: filledUp(S, batchSize) };
    },
  };
}

/** What the text encoder reads of each pair. */
export function textsOf(
  { selip }: Pick<SelipConfig, 'selip'>,
  pairs: readonly Pick<Pair, 'report'>[],
  studies: readonly Study[],
): readonly string[] {
  return selip.texts === 'lines' ? studies.map(({ text }) => text) : pairs.map(({ report }) => report);
}

/**
 * The indices for a step: every epoch has as many batches as the pairs would fill, each of pairwise different texts.
 * What repeats a text too often for them waits for another epoch's order, as in the released code.
 */
function distinctOrder(texts: readonly string[], batchSize: number, seed: number): (step: number) => readonly number[] {
  const perEpoch = batchesInEpoch(texts.length, batchSize);
  let known: { readonly epoch: number; readonly batches: readonly (readonly number[])[] } | undefined;
  return (step) => {
    const epoch = Math.floor(step / perEpoch);
    if (known?.epoch !== epoch) {
      known = { epoch, batches: distinctTextBatches(texts, batchSize, randomFor(seed, 'epoch', epoch)) };
    }
    return known.batches[step % perEpoch]!; // the pairs fill as many at least
  };
}

/** Mean pairs in a batch of pairwise different texts: the effective N of the contrast. Null without pairs. */
export function effectiveBatch(texts: readonly string[], batchSize: number): number | null {
  if (texts.length === 0) return null;
  const perEpoch = batchesInEpoch(texts.length, batchSize);
  const batches = distinctTextBatches(texts, batchSize, randomFor(0, 'effective batch')).slice(0, perEpoch);
  return batches.reduce((sum, { length }) => sum + length, 0) / perEpoch;
}

function batchesInEpoch(pairs: number, batchSize: number): number {
  return Math.max(1, Math.floor(pairs / batchSize));
}

/** `[B, B]`, rows and columns of empty places 0. */
function filledUp(S: readonly (readonly number[])[], size: number): Float32Array {
  const out = new Float32Array(size * size);
  S.forEach((row, i) => {
    out.set(row, i * size);
  });
  return out;
}
