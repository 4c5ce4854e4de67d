/** How good a SeLIP model is on a site's pairs. @module */
import type { Pair } from '#client/data/types';
import { dot } from '#client/evaluate/dot';
import { meanFigures } from '#client/evaluate/figures';
import { galleries } from '#client/evaluate/galleries';
import type { MethodReport } from '#client/evaluate/types';
import { UsageError } from '#shared/errors';
import { outputNamed } from '../outputs.ts';
import type { Measure, Model, ReportWorld } from '../types.ts';
import { codeBookOf } from './code-books.ts';
import type { SelipConfig } from './config.ts';
import { type Gallery, gradedChance, gradedRetrieval } from './graded-retrieval.ts';
import { effectiveBatch, textsOf } from './sampler.ts';
import { studyReader } from './studies.ts';

/** Relevance of what an image finds, by labels, and how often its own text is among it. */
export const selipMeasures: readonly Measure[] = [
  { path: 'ndcgAt10', title: 'image to text, nDCG@10', better: 'higher', scale: 1 },
  { path: 'relevanceAt5', title: 'image to text, relevance of the top 5', better: 'higher', scale: 1 },
  { path: 'exactText.recallAt5', title: 'image to its own text, recall@5 in %', better: 'higher', scale: 100 },
  { path: 'exactText.recallAt1', title: 'image to its own text, recall@1 in %', better: 'higher', scale: 100 },
];

/**
 * The figures of these pairs in galleries of about 100. A text counts as an image's own when it makes the same lines,
 * whatever the encoder reads, so that models of lines and of reports are measured by one rule.
 *
 * @throws UsageError (noUsableRows) without pairs, (noSuchFile, badConfig) as the code book
 */
export async function selipReport(
  config: SelipConfig,
  model: Model,
  pairs: readonly Pair[],
  { files, train }: Pick<ReportWorld, 'files' | 'train'>,
): Promise<MethodReport> {
  if (pairs.length === 0) throw new UsageError('noUsableRows', 'there is no pair to evaluate on: the split left none');
  const read = studyReader(await codeBookOf(config, files));
  const studies = pairs.map(({ report }) => read(report));
  const images = outputNamed(await model.images(pairs), 'embedding');
  const texts = await embedded(model, textsOf(config, pairs, studies));
  const all = galleries(pairs.length).map((gallery): Gallery => ({
    similarity: gallery.map((i) => gallery.map((j) => dot(images[i]!, texts[j]!))),
    texts: gallery.map((i) => studies[i]!.text),
    labels: gallery.map((i) => pairs[i]!.labels),
  }));
  const trained = train.map(({ report }) => read(report));
  const ofData = {
    effectiveBatch: effectiveBatch(textsOf(config, train, trained), config.training.batchSize),
    reportsRead: studies.filter(({ isRead }) => isRead).length / studies.length,
  };
  return {
    figures: { ...meanFigures(all.map(gradedRetrieval)), ...ofData },
    chance: meanFigures(all.map(gradedChance)),
    pairCount: pairs.length,
  };
}

/** Each text is embedded once. */
async function embedded(model: Model, texts: readonly string[]): Promise<readonly Float32Array[]> {
  const distinct = [...new Set(texts)];
  const rows = outputNamed(await model.texts(distinct), 'embedding');
  const rowOf = new Map(distinct.map((text, i) => [text, rows[i]!])); // one for each
  return texts.map((text) => rowOf.get(text)!); // of these texts
}
