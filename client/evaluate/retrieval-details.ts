/** What a page shows of retrieval beside its figures: recall by k, and what some images find. @module */
import { recallCurve } from './curves.ts';
import type { Retrieval, Similarity } from './retrieval.ts';
import type { ReportDetails, RetrievalExample } from './types.ts';

/** A gallery with its results: places among all pairs, similarities and ranks. */
export interface RankedGallery {
  readonly gallery: readonly number[];
  readonly similarity: Similarity;
  readonly ranks: Retrieval;
}

const exampleCount = 6;
const foundCount = 5;

/** Curves of all galleries, and examples of the first where the pairs have ids. */
export function retrievalDetails(all: readonly RankedGallery[], ids: readonly string[] | undefined): ReportDetails {
  const ranks = {
    'image to report': all.flatMap((one) => one.ranks.imageToText.ranks),
    'report to image': all.flatMap((one) => one.ranks.textToImage.ranks),
  };
  const curves = [recallCurve(ranks, all.map(({ gallery }) => gallery.length))]; // prettier-ignore
  const [first] = all;
  return ids === undefined || first === undefined ? { curves } : { curves, examples: examplesOf(first, ids) };
}

/** Some images, evenly spread, with the reports that they find. */
function examplesOf(
  { gallery, similarity, ranks }: RankedGallery,
  ids: readonly string[],
): readonly RetrievalExample[] {
  const count = Math.min(exampleCount, gallery.length);
  const queries = Array.from({ length: count }, (_, i) => Math.floor((i * gallery.length) / count));
  return queries.map((query) => {
    const scores = similarity[query]!; // a row for each image
    const order = [...gallery.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, foundCount);
    const idOf = (at: number): string => ids[gallery[at]!]!; // an id for each pair
    return { id: idOf(query), found: order.map(idOf), rank: ranks.imageToText.ranks[query]! };
  });
}
