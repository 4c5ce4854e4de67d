/**
 * Retrieval: how often the true partner is among the first k. Ties count against the query: the rank of a hit is 1 + the
 * number of non-hits with a score greater or equal.
 *
 * @module
 */
import { meanOf } from './mean.ts';

/** `similarity[i][j]`: the score of image i with text j. */
export type Similarity = readonly ArrayLike<number>[];

/** One direction of retrieval. */
export interface RetrievalSummary {
  /** From 1, one per query. */
  readonly ranks: readonly number[];
  /** One per k: the share of queries with a rank of at most k. */
  readonly recall: readonly number[];
  readonly medianRank: number;
  readonly meanReciprocalRank: number;
}

/** Both directions. */
export interface Retrieval {
  readonly imageToText: RetrievalSummary;
  readonly textToImage: RetrievalSummary;
}

/** Retrieval of pairs: the hit of image i is text i and nothing else. */
export function recall(similarity: Similarity, k: readonly number[]): Retrieval {
  const indices = similarity.map((_, i) => i);
  return {
    imageToText: summary(
      indices.map((i) => rankOfBest(row(similarity, i), new Set([i]))),
      k,
    ),
    textToImage: summary(
      indices.map((j) => rankOfBest(column(similarity, j), new Set([j]))),
      k,
    ),
  };
}

/** Retrieval where identical texts are one entry of the gallery, with the greatest score of its copies. */
export interface DistinctRetrieval extends Retrieval {
  /** In order of first appearance. */
  readonly distinctTexts: readonly string[];
}

/** As `recall`; from a text, every image that has it is a hit and the best of them counts. */
export function recallDistinctText(
  similarity: Similarity,
  texts: readonly string[],
  k: readonly number[],
): DistinctRetrieval {
  const distinctTexts = [...new Set(texts)];
  const placeOf = new Map(distinctTexts.map((text, place) => [text, place]));
  const ownersOf = distinctTexts.map((text) => new Set(texts.flatMap((other, i) => (other === text ? [i] : []))));
  const merged = similarity.map((_, i) => {
    const scores = row(similarity, i);
    return ownersOf.map((owners) => Math.max(...[...owners].map((j) => scores[j]!)));
  });
  const imageRanks = texts.map((text, i) => rankOfBest(row(merged, i), new Set([placeOf.get(text) ?? -1])));
  const textRanks = ownersOf.map((owners, place) => rankOfBest(column(merged, place), owners));
  return { distinctTexts, imageToText: summary(imageRanks, k), textToImage: summary(textRanks, k) };
}

/** How pure the first k of a gallery are. */
export interface Precision {
  readonly perQuery: readonly number[];
  /** Mean over the queries of a class. */
  readonly perClass: Readonly<Record<string, number>>;
  /** Mean over the classes that have queries. */
  readonly macro: number;
}

/** The share of the query's class among the k best; of equal scores, entries of another class come first. */
export function precisionAtK(
  similarity: Similarity,
  queryClass: readonly (string | number)[],
  galleryClass: readonly (string | number)[],
  k: number,
): Precision {
  const perQuery = queryClass.map((own, q) => {
    const scored = galleryClass.map((other, g) => ({ score: similarity[q]![g]!, hit: other === own }));
    scored.sort((a, b) => b.score - a.score || Number(a.hit) - Number(b.hit));
    return scored.slice(0, k).filter(({ hit }) => hit).length / k;
  });
  const classes = [...new Set(queryClass)];
  const means = classes.map((own) => meanOf(perQuery.filter((_, q) => queryClass[q] === own)));
  return {
    perQuery,
    perClass: Object.fromEntries(classes.map((own, i) => [String(own), means[i]!])),
    macro: meanOf(means),
  };
}

function row(similarity: Similarity, i: number): readonly number[] {
  return Array.from(similarity[i]!);
}

function column(similarity: Similarity, j: number): readonly number[] {
  return similarity.map((scores) => scores[j]!);
}

/** A score that is not a number counts against the query on either side. */
function rankOfBest(scores: readonly number[], hits: ReadonlySet<number>): number {
  const best = Math.max(...[...hits].map((hit) => scores[hit]!));
  return 1 + scores.filter((score, i) => !hits.has(i) && !(score < best)).length;
}

function summary(ranks: readonly number[], k: readonly number[]): RetrievalSummary {
  const sorted = ranks.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const medianRank = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
  return {
    ranks,
    recall: k.map((most) => meanOf(ranks.map((rank) => (rank <= most ? 1 : 0)))),
    medianRank,
    meanReciprocalRank: meanOf(ranks.map((rank) => 1 / rank)),
  };
}
