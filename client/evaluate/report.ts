/**
 * The retrieval report of a set of embedded pairs: recall in galleries, averaged over all queries, beside chance and a
 * control that has to be chance.
 *
 * @module
 */
import { type Random, shuffled } from '#client/data/random';
import { UsageError } from '#shared/errors';
import { dot } from './dot.ts';
import { galleries } from './galleries.ts';
import { retrievalDetails } from './retrieval-details.ts';
import { recall, recallDistinctText, type Retrieval, type Similarity } from './retrieval.ts';
import type { Recalls, RetrievalFigures, RetrievalReport } from './types.ts';

/** Pairs with their embeddings, unit vectors. */
export interface EmbeddedPairs {
  readonly images: readonly Float32Array[];
  readonly texts: readonly Float32Array[];
  readonly reports: readonly string[];
  readonly patientIds: readonly string[];
  /** Of the pairs, where examples are wanted. */
  readonly ids?: readonly string[];
}

const k = [1, 5, 10] as const;

/** The report; `random` draws which patient's image takes whose place. @throws UsageError (noUsableRows) without pairs */
export function retrievalReport(pairs: EmbeddedPairs, random: Random): RetrievalReport {
  const pairCount = pairs.reports.length;
  if (pairCount === 0) throw new UsageError('noUsableRows', 'there is no pair to evaluate on: the split left none');
  const all = galleries(pairCount);
  const similarities = all.map((gallery) => similarityOf(pairs, gallery));
  const swapped = all.map((gallery, i) => {
    const images = otherPatients(
      gallery.map((at) => pairs.patientIds[at]!),
      random,
    );
    return images.map((image) => similarities[i]![image]!);
  });
  const distinct = similarities.map((similarity, i) =>
    recallDistinctText(
      similarity,
      all[i]!.map((at) => pairs.reports[at]!),
      k,
    ),
  );
  const ranks = similarities.map((similarity) => recall(similarity, k));
  const ranked = all.map((gallery, i) => ({ gallery, similarity: similarities[i]!, ranks: ranks[i]! })); // one of each
  return {
    figures: average(ranks),
    distinctReports: average(distinct),
    shuffledImages: average(swapped.map((similarity) => recall(similarity, k))),
    chance: chanceOf(all.map((gallery) => gallery.length)),
    pairCount,
    gallerySize: Math.round(pairCount / all.length),
    details: retrievalDetails(ranked, pairs.ids),
  };
}

/** Ranks of both directions. */
export interface RetrievalRanks {
  readonly imageToReport: readonly number[];
  readonly reportToImage: readonly number[];
}

/** Where each query finds its partner, from 1, in galleries as the report has them. */
export function retrievalRanks(pairs: EmbeddedPairs): RetrievalRanks {
  const found = galleries(pairs.reports.length).map((gallery) => recall(similarityOf(pairs, gallery), k));
  return {
    imageToReport: found.flatMap(({ imageToText }) => imageToText.ranks),
    reportToImage: found.flatMap(({ textToImage }) => textToImage.ranks),
  };
}

function similarityOf({ images, texts }: EmbeddedPairs, gallery: readonly number[]): Similarity {
  return gallery.map((i) => gallery.map((j) => dot(images[i]!, texts[j]!)));
}

/**
 * Whose image each place gets: a random order turned by one, so that no pair keeps its own, and turned on where a
 * patient would meet another image of their own, as far as there are other patients.
 */
export function otherPatients(patientIds: readonly string[], random: Random): readonly number[] {
  const count = patientIds.length;
  const order = shuffled(
    Array.from({ length: count }, (_, i) => i),
    random,
  );
  const imageOf = new Array<number>(count).fill(0);
  order.forEach((place, at) => {
    let turn = 1;
    while (turn < count - 1 && patientIds[order[(at + turn) % count]!] === patientIds[place]) turn++;
    imageOf[place] = order[(at + turn) % count]!;
  });
  return imageOf;
}

/** Every query counts once. */
function average(parts: readonly Retrieval[]): RetrievalFigures {
  const mean = (pick: (part: Retrieval) => readonly number[]): Recalls => {
    const queries = parts.flatMap(pick);
    const within = (most: number): number => queries.filter((rank) => rank <= most).length / queries.length;
    return { recallAt1: within(1), recallAt5: within(5), recallAt10: within(10) };
  };
  return {
    imageToReport: mean((part) => part.imageToText.ranks),
    reportToImage: mean((part) => part.textToImage.ranks),
  };
}

/** The expected recall of a random order, galleries weighing by their queries. */
function chanceOf(sizes: readonly number[]): RetrievalFigures {
  const queries = sizes.reduce((sum, size) => sum + size, 0);
  const of = (most: number): number => sizes.reduce((sum, size) => sum + Math.min(most, size), 0) / queries;
  const recalls = { recallAt1: of(1), recallAt5: of(5), recallAt10: of(10) };
  return { imageToReport: recalls, reportToImage: recalls };
}
