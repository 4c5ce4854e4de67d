/**
 * Methods on real radiographs: figures as they come, over seeds, beside guessing. One model from all data in one place, and
 * one from a federation of sites, which are groups of countries; both on the test pairs of all, in one gallery.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { groupSites } from '#client/data/group-sites';
import { loadPairs } from '#client/data/load-pairs';
import { randomFor } from '#client/data/random';
import type { Pair } from '#client/data/types';
import { type Interval, patientBootstrap } from '#client/evaluate/bootstrap';
import { figureAt } from '#client/evaluate/figures';
import { meanOf } from '#client/evaluate/mean';
import { retrievalRanks } from '#client/evaluate/report';
import type { MethodReport } from '#client/evaluate/types';
import { extentsOf } from '#client/methods/config';
import { methodOf } from '#client/methods/methods';
import { outputNamed } from '#client/methods/outputs';
import type { Model } from '#client/methods/types';
import type { StartingPoint } from '#client/train/types';
import { federated, trainedAlone, type Training, withEvaluation } from '../columns.ts';
import type { BenchOptions, Figure } from '../types.ts';
import { armFigure } from './figures.ts';
import type { Arm, RealData } from './types.ts';

const cxr = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'data', 'cxr_covid', 'pairs.csv');

/** Each arm's figures over `--seeds` (3). @throws Error if the pairs are missing */
export async function realFigures(options: BenchOptions, data: RealData): Promise<readonly Figure[]> {
  const csv = typeof options['real'] === 'string' ? options['real'] : cxr;
  if (!existsSync(csv)) throw new Error(`${csv} is missing: give --real the path of cxr_covid/pairs.csv`);
  const seeds = Array.from({ length: Number(options['seeds'] ?? 3) }, (_, i) => i + 1);
  const figures: Figure[] = [];
  for (const [i, arm] of data.arms.entries()) {
    const pairs = await pairsOf(csv, arm, data);
    figures.push(...(await measured(`${arm.name}, all in one place`, data, arm, seeds, pairs, trainedAlone)));
    if (i === 0 && data.sites > 0) {
      const name = `${arm.name}, federated over ${data.sites} sites`;
      figures.push(...(await measured(name, data, arm, seeds, pairs, (one) => inFederation(one, pairs, data.sites))));
    }
  }
  return figures;
}

async function pairsOf(csv: string, { method, config }: Arm, { labelled }: RealData): Promise<readonly Pair[]> {
  const { config: section, readsReports } = methodOf(method, config);
  const { image } = section;
  const { pairs } = await loadPairs(csv, { size: extentsOf(image), channels: image.channels, reports: readsReports });
  return labelled === undefined ? pairs : labelled(pairs, csv);
}

/** The model of all: what the sites kept for themselves is not evaluated. */
async function inFederation(training: Training, pairs: readonly Pair[], count: number): Promise<StartingPoint> {
  const groups = groupSites(pairs, count).map(({ rows }, i) => [`site-${i + 1}`, rows] as const);
  const { models } = await federated(training, new Map(groups));
  const [{ weights }] = [...models.values()] as [StartingPoint]; // sites have one model
  return { weights, local: null };
}

async function measured(
  name: string,
  { measures, interval, rounds }: RealData,
  { method, config }: Arm,
  seeds: readonly number[],
  pairs: readonly Pair[],
  train: (training: Training, pairs: readonly Pair[]) => Promise<StartingPoint>,
): Promise<readonly Figure[]> {
  const test = pairs.filter(({ split }) => split === 'test');
  const reports: MethodReport[] = [];
  const intervals: Interval[] = [];
  for (const seed of seeds) {
    const training = { method, config: { ...config, seed }, rounds, seed };
    const model = await train(training, pairs);
    await withEvaluation(training, pairs, async (evaluation) => {
      reports.push(await evaluation.evaluate(model, 'test'));
      if (interval !== undefined) intervals.push(await interval(evaluation.model, test));
    });
  }
  const sizes = `${reports[0]!.pairCount} test pairs`; // of a seed at least
  return measures.map(({ path, better }, i) => {
    const over = (which: 'figures' | 'chance'): readonly number[] =>
      reports.map((report) => figureAt(report[which], path) ?? NaN);
    const patients = i === 0 ? patientsText(intervals) : '';
    const reference = { name: 'guessing', value: meanOf(over('chance')), measured: 'this run' };
    return {
      ...armFigure(`real radiographs, ${name}, ${path}, ${sizes}${patients}`, over('figures'), better),
      reference,
    };
  });
}

/** The ends of the intervals of all seeds, each in the mean. */
function patientsText(intervals: readonly Interval[]): string {
  if (intervals.length === 0) return '';
  const end = (name: 'low' | 'high'): string => meanOf(intervals.map((one) => one[name] ?? NaN)).toFixed(2);
  return `, patients [${end('low')}, ${end('high')}]`;
}

/** Of recall@5, image to report, the queries resampled in a gallery that stays. */
export async function recallInterval(model: Model, test: readonly Pair[]): Promise<Interval> {
  const reports = test.map(({ report }) => report);
  const patientIds = test.map(({ patientId }) => patientId);
  const images = outputNamed(await model.images(test), 'embedding');
  const texts = outputNamed(await model.texts(reports), 'embedding');
  const { imageToReport: ranks } = retrievalRanks({ images, texts, reports, patientIds });
  const recall = (some: readonly number[]): number => meanOf(some.map((at) => Number(ranks[at]! <= 5))); // of these queries
  return patientBootstrap(patientIds, recall, randomFor(1, 'real recall'));
}
