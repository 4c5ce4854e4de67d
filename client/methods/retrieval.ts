/** The report of every method that embeds images and reports into one space. @module */
import { recallTally } from '#client/evaluate/count-tallies';
import { retrievalRanks, retrievalReport } from '#client/evaluate/report';
import type { EmbeddedPairs } from '#client/evaluate/report';
import type { Figures, RetrievalReport } from '#client/evaluate/types';
import type { Pair } from '#client/data/types';
import { outputNamed } from './outputs.ts';
import type { Measure, MethodTally, Model, ReportWorld } from './types.ts';

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
  return retrievalReport(await embedded(model, pairs), random);
}

async function embedded(model: Model, pairs: readonly Pair[]): Promise<EmbeddedPairs> {
  const reports = pairs.map(({ report }) => report);
  const images = outputNamed(await model.images(pairs), 'embedding');
  const texts = outputNamed(await model.texts(reports), 'embedding');
  const patientIds = pairs.map(({ patientId }) => patientId);
  return { images, texts, reports, patientIds, ids: pairs.map(({ id }) => id) };
}

const k = [1, 5, 10] as const;
const oneWay = recallTally(k);

/** The same recall over all sites: each ranks within its own galleries and counts. */
export const retrievalTally: MethodTally = {
  length: 2 * oneWay.length,
  count: async (model, pairs) => {
    const { imageToReport, reportToImage } = retrievalRanks(await embedded(model, pairs));
    return Float64Array.of(...oneWay.count(imageToReport), ...oneWay.count(reportToImage));
  },
  read: (sum) => ({
    imageToReport: recalls(Array.from(sum).slice(0, oneWay.length)),
    reportToImage: recalls(Array.from(sum).slice(oneWay.length)),
  }),
};

function recalls(sum: readonly number[]): Figures {
  const { recall } = oneWay.read(sum);
  return Object.fromEntries(k.map((most, i) => [`recallAt${most}`, recall?.[i] ?? null]));
}
