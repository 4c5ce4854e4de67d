/**
 * How relevant the first k of a gallery are, where relevance has degrees. Ties count against the query: of equal scores
 * the less relevant come first.
 *
 * Source: Järvelin and Kekäläinen 2002, section 3, with the gain as it is and a discount of log2(rank + 1).
 *
 * @module
 */
import { expectFinite } from './finite.ts';
import { meanOf } from './mean.ts';

/** DCG of the first k over that of the best order; null if nothing is relevant. Relevance is at least 0. */
export function ndcgAtK(scores: readonly number[], relevance: readonly number[], k: number): number | null {
  const best = discounted(
    relevance.toSorted((a, b) => b - a),
    k,
  );
  return best === 0 ? null : discounted(inOrder(scores, relevance), k) / best;
}

/** What a random order is expected to give; null if nothing is relevant. */
export function expectedNdcgAtK(relevance: readonly number[], k: number): number | null {
  const even = relevance.map(() => meanOf(relevance));
  const best = relevance.toSorted((a, b) => b - a);
  return discounted(best, k) === 0 ? null : discounted(even, k) / discounted(best, k);
}

/** The mean relevance of the first k. */
export function relevanceAtK(scores: readonly number[], relevance: readonly number[], k: number): number {
  return meanOf(inOrder(scores, relevance).slice(0, k));
}

function inOrder(scores: readonly number[], relevance: readonly number[]): readonly number[] {
  expectFinite(scores);
  const order = [...scores.keys()].sort((i, j) => scores[j]! - scores[i]! || relevance[i]! - relevance[j]!);
  return order.map((at) => relevance[at]!);
}

function discounted(gains: readonly number[], k: number): number {
  return gains.slice(0, k).reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0);
}
