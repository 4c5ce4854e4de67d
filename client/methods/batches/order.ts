/**
 * Which pairs a step sees: every epoch goes through the pairs in a new random order, a batch holds no pair twice, and
 * what does not fill a batch waits for another epoch's order. A site with fewer pairs than a batch sees all of them in
 * every step, and the rest of the batch stays empty.
 *
 * @module
 */
import { randomFor, shuffled } from '#client/data/random';
import { UsageError } from '#shared/errors';

/** The indices of the pairs of a step, counted from 0 over the run. A function of its arguments alone. */
export function batchOf(step: number, pairCount: number, batchSize: number, seed: number): readonly number[] {
  if (pairCount < 2) {
    throw new UsageError('noUsableRows', `a contrastive method needs two training pairs, this site has ${pairCount}`);
  }
  const perEpoch = Math.max(1, Math.floor(pairCount / batchSize));
  const epoch = Math.floor(step / perEpoch);
  const order = shuffled(
    Array.from({ length: pairCount }, (_, i) => i),
    randomFor(seed, 'epoch', epoch),
  );
  const first = (step % perEpoch) * batchSize;
  return order.slice(first, first + batchSize);
}
