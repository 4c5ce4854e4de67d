/** The report of every method that embeds images and reports into one space. @module */
import { retrievalReport } from '#client/evaluate/report';
import type { RetrievalReport } from '#client/evaluate/types';
import type { Pair } from '#client/data/types';
import { outputNamed } from './outputs.ts';
import type { Measure, Model, ReportWorld } from './types.ts';

/** Recall both ways, in per cent. */
export const retrievalMeasures: readonly Measure[] = [
  ...measuresOf('imageToReport', 'image to report'),
  ...measuresOf('reportToImage', 'report to image'),
];

function measuresOf(path: string, title: string): readonly Measure[] {
  const measure = (k: number): Measure => ({
    path: `${path}.recallAt${k}`,
    title: `${title}, recall@${k} in %`,
    better: 'higher',
    scale: 100,
  });
  return [measure(5), measure(1), measure(10)];
}

/** Recall of these pairs by their unit embeddings. @throws UsageError (noUsableRows) without pairs */
export async function retrievalOf(
  model: Model,
  pairs: readonly Pair[],
  { random }: Pick<ReportWorld, 'random'>,
): Promise<RetrievalReport> {
  const reports = pairs.map(({ report }) => report);
  const images = outputNamed(await model.images(pairs), 'embedding');
  const texts = outputNamed(await model.texts(reports), 'embedding');
  return retrievalReport({ images, texts, reports, patientIds: pairs.map(({ patientId }) => patientId) }, random);
}
