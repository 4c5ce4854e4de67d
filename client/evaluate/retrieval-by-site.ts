/**
 * Whether a model tells anatomy or scanners apart: the rank of the partner among candidates of its own hospital, and
 * among those of the others. A model that looks at the scanner finds partners among other hospitals' reports with ease
 * and among its own not at all.
 *
 * @module
 */
import type { Similarity } from './retrieval.ts';

/** Ranks from 1, one per query. */
export interface RanksBySite {
  readonly ownSite: readonly number[];
  readonly otherSites: readonly number[];
}

/** Ranks of text i for image i, with the candidates of one kind only; ties, and scores that are no numbers, count against the query. */
export function ranksBySite(similarity: Similarity, sites: readonly string[]): RanksBySite {
  const rankAmong = (i: number, same: boolean): number => {
    const scores = similarity[i]!;
    const rivals = sites.filter((site, j) => j !== i && (site === sites[i]) === same && !(scores[j]! < scores[i]!));
    return 1 + rivals.length;
  };
  const queries = [...sites.keys()];
  return { ownSite: queries.map((i) => rankAmong(i, true)), otherSites: queries.map((i) => rankAmong(i, false)) };
}
