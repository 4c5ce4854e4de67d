/**
 * Batches in which no text occurs twice: two studies with one text would be each other's false negatives, so at most one
 * normal study enters a batch.
 *
 * Source: the sampler of SeLIP's released code. Deviation: a study that is left out of a batch waits for the next one
 * instead of being drawn again.
 *
 * @module
 */
import { type Random, shuffled } from '#client/data/random';

/**
 * One epoch: the indices of `texts` in random order, in batches of at most `batchSize` with pairwise different texts,
 * until every index was used once. The length of a batch is its effective number of pairs; the last ones are short when
 * one text is frequent.
 */
export function distinctTextBatches(texts: readonly string[], batchSize: number, random: Random): readonly number[][] {
  const batches: number[][] = [];
  let waiting = shuffled([...texts.keys()], random);
  while (waiting.length > 0) {
    const batch: number[] = [];
    const inBatch = new Set<string>();
    const left: number[] = [];
    for (const index of waiting) {
      const text = texts[index]!;
      if (batch.length === batchSize || inBatch.has(text)) left.push(index);
      else {
        batch.push(index);
        inBatch.add(text);
      }
    }
    batches.push(batch);
    waiting = left;
  }
  return batches;
}
