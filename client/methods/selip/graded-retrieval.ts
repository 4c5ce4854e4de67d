/**
 * How good the first texts are that an image finds, where relevance has degrees, and how often its own text is among
 * them. A gallery is its distinct texts: a text that several studies have is one entry, with the best of their scores and
 * the mean of their relevances. Ties count against the image.
 *
 * @module
 */
import { meanOf, meanOfDefined } from '#client/evaluate/mean';
import { expectedNdcgAtK, ndcgAtK, relevanceAtK } from '#client/evaluate/relevance';
import { recallDistinctText, type Similarity } from '#client/evaluate/retrieval';
import type { Figures, Recalls } from '#client/evaluate/types';
import { labelRelevance } from './label-relevance.ts';

/** The studies of a gallery, each with the text that counts as its own and with its labels. */
export interface Gallery {
  /** Image i with text j. */
  readonly similarity: Similarity;
  readonly texts: readonly string[];
  readonly labels: readonly (readonly string[])[];
}

/** Figures of an order of the texts; those of relevance are null where no study has labels. */
export interface GradedFigures extends Figures {
  /** Of images with labels. */
  readonly ndcgAt10: number | null;
  /** Mean relevance of the first five. */
  readonly relevanceAt5: number | null;
  readonly exactText: Recalls;
}

const ks = [1, 5, 10] as const;

/** The figures of one gallery. @throws UsageError (notFinite) if a score is no number */
export function gradedRetrieval({ similarity, texts, labels }: Gallery): GradedFigures {
  const entries = entriesOf(texts);
  const queries = labelled(labels).map((i) => ({
    scores: entries.map((owners) => Math.max(...owners.map((j) => similarity[i]![j]!))),
    relevance: relevanceTo(i, entries, labels),
  }));
  const [recallAt1, recallAt5, recallAt10] = recallDistinctText(similarity, texts, ks).imageToText.recall;
  return {
    ndcgAt10: meanOfDefined(queries.map(({ scores, relevance }) => ndcgAtK(scores, relevance, 10))),
    relevanceAt5: meanOfDefined(queries.map(({ scores, relevance }) => relevanceAtK(scores, relevance, 5))),
    exactText: { recallAt1: recallAt1!, recallAt5: recallAt5!, recallAt10: recallAt10! }, // as many as ks
  };
}

/** What a random order of the gallery's texts is expected to give. */
export function gradedChance({ texts, labels }: Omit<Gallery, 'similarity'>): GradedFigures {
  const entries = entriesOf(texts);
  const queries = labelled(labels).map((i) => relevanceTo(i, entries, labels));
  const within = (k: number): number => Math.min(1, k / entries.length);
  return {
    ndcgAt10: meanOfDefined(queries.map((relevance) => expectedNdcgAtK(relevance, 10))),
    relevanceAt5: meanOfDefined(queries.map(meanOf)),
    exactText: { recallAt1: within(1), recallAt5: within(5), recallAt10: within(10) },
  };
}

/** The studies that have each distinct text. */
function entriesOf(texts: readonly string[]): readonly (readonly number[])[] {
  return [...Map.groupBy(texts.keys(), (at) => texts[at]!).values()];
}

/** The studies that say by labels what they are. */
function labelled(labels: Gallery['labels']): readonly number[] {
  return [...labels.keys()].filter((i) => labels[i]!.length > 0);
}

function relevanceTo(
  query: number,
  entries: readonly (readonly number[])[],
  labels: Gallery['labels'],
): readonly number[] {
  return entries.map((owners) => meanOf(owners.map((owner) => labelRelevance(labels[query]!, labels[owner]!))));
}
