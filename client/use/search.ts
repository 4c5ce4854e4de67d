/** What of a hospital's own pairs is nearest to an image or a text. @module */
import { UsageError, VerificationError } from '#shared/errors';
import type { Entry, IndexModel, VectorIndex, VectorKind } from './index-file.ts';
import { nearest, nearestInLists } from './vector-set.ts';

/** How to search. */
export interface SearchOptions {
  readonly k: number;
  /** Which of an entry's vectors are compared. */
  readonly among: VectorKind;
  /** All vectors, instead of the nearest lists. */
  readonly exact: boolean;
}

/** An entry, its cosine with the question, and its vector. MUST NOT leave this site. */
export interface Found extends Entry {
  readonly score: number;
  readonly vector: Float32Array;
}

/** Below so many vectors all of them are compared: that takes 2 ms. */
const alwaysExact = 20_000;

/** The entries nearest to a unit vector, the nearest first. @throws UsageError (unsupported) if the index has no such vectors */
export function search(index: VectorIndex, query: Float32Array, { k, among, exact }: SearchOptions): readonly Found[] {
  const set = index.set(among);
  if (set === undefined)
    throw new UsageError(
      'unsupported',
      `the index holds no ${among}s: ${index.model.method} makes no vectors of them, or the pairs have none`,
    );
  if (set.dimensions !== query.length)
    throw new UsageError('lengthMismatch', `the question has ${query.length} numbers, the index ${set.dimensions}`);
  const all = exact || set.entries.length < alwaysExact;
  const hits = all ? nearest(set, query, k) : nearestInLists(set, query, k);
  return hits.map(({ entry, place, score }) => ({
    ...index.entry(entry),
    score,
    vector: set.read(place, place + 1).slice(),
  }));
}

/** @throws VerificationError (modelMismatch) if the index was made with another model than this site's */
export function expectModel(path: string, { model }: VectorIndex, { modelHash, plan, round }: IndexModel): void {
  if (model.modelHash === modelHash && model.plan === plan) return;
  throw new VerificationError(
    'modelMismatch',
    `${path} was made with the model of round ${model.round} of plan ${model.plan.slice(0, 16)}, and this is the model of round ${round} of plan ${plan.slice(0, 16)}: make it anew with consilium-site index`,
  );
}
