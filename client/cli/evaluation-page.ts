/** `model evaluate --html FILE`: the page, with examples only where the data is a phantom. @module */
import { dirname, resolve } from 'node:path';
import { writeWhole } from '#client/agent/disk';
import { isPhantomCsv } from '#client/data/phantom/marker';
import { readPairsCsv } from '#client/data/pairs-csv';
import type { Row } from '#client/data/types';
import type { MethodReport, RetrievalExample } from '#client/evaluate/types';
import type { MethodConfig } from '#client/methods/config';
import type { Measure } from '#client/methods/types';
import { htmlReport, type ShownExample } from '#client/use/html-report';
import { imagePng } from '#client/use/overlay';
import { readQuestion } from '#client/use/questions';
import type { SiteModel } from './site-model.ts';

/** What was evaluated. */
export interface Evaluation {
  readonly site: SiteModel;
  readonly config: MethodConfig;
  readonly csv: string;
  readonly split: string;
  readonly measures: readonly Measure[];
  readonly report: MethodReport;
}

/** Writes the page. */
export async function writePage(
  path: string,
  { site, config, csv, split, measures, report }: Evaluation,
): Promise<void> {
  const facts = [
    ['Study', `${site.plan.name} (plan ${site.planId.slice(0, 16)})`],
    ['Method', site.plan.method.name],
    ['Site', site.site],
    ['Model', `of round ${site.round}, ${site.modelHash.slice(0, 16)}`],
    ['Data', `${report.pairCount} examples of the ${split} split`],
  ] as const;
  const examples = (await isPhantomCsv(csv)) ? await shownExamples(config, csv, report.details?.examples ?? []) : [];
  writeWhole(path, htmlReport({ title: `Evaluation: ${site.plan.name}`, facts, measures, report, examples }));
}

async function shownExamples(
  config: MethodConfig,
  csv: string,
  examples: readonly RetrievalExample[],
): Promise<readonly ShownExample[]> {
  const rows = new Map((await readPairsCsv(csv)).map((row) => [row.id, row]));
  const rowOf = (id: string): Row => rows.get(id)!; // the examples are of this file
  return Promise.all(
    examples.map(async ({ id, found, rank }) => {
      const { imagePath, report } = rowOf(id);
      const { image } = await readQuestion(config, resolve(dirname(csv), imagePath));
      const png = await imagePng(config.image, image);
      return { png, report, rank, found: found.map((one) => ({ report: rowOf(one).report, own: one === id })) };
    }),
  );
}
