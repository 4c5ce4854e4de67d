/** SEMISE on real radiographs: the Brixia scores of cxr_covid, 0 to 18, of a quarter of the images. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { randomFor } from '#client/data/random';
import type { Pair } from '#client/data/types';
import { type Interval, patientBootstrap } from '#client/evaluate/bootstrap';
import { spearman } from '#client/evaluate/severity';
import type { Defaults } from '#client/methods/config';
import { gradedOf } from '#client/methods/semise/grades';
import { severityMeasures, severityScores } from '#client/methods/semise/severity-report';
import type { Model } from '#client/methods/types';
import type { Arm, RealData } from './types.ts';

/** Scores are 0 to 18. */
const grades = 19;

/** Spearman of the severity with the senior's score on patients that were not trained on. */
export function brixiaScores(rounds: number, arms: readonly Arm[]): RealData {
  return {
    rounds,
    arms: arms.map((arm) => ({ ...arm, config: withGrades(arm.config) })),
    measures: severityMeasures.slice(0, 1), // Spearman
    sites: 0, // three at least, of which none would have five patients graded healthy, for a prototype
    labelled: graded,
    interval,
  };
}

function withGrades(config: Defaults): Defaults {
  return { ...config, semise: { ...(config['semise'] as Defaults), grades } }; // a group of defaults
}

/**
 * All images; `severity:N` for those that `severity.csv` beside the file gives the senior radiologist's score of. What is
 * labelled `No finding` and has no score is graded 0, for there are two patients with a score of 0 to train on.
 */
async function graded(pairs: readonly Pair[], csv: string): Promise<readonly Pair[]> {
  const records: readonly Readonly<Record<string, string>>[] = parse(
    await readFile(join(dirname(csv), 'severity.csv'), 'utf8'),
    { columns: true },
  );
  const scores = new Map(records.map((record) => [record['id'], record['brixia_senior_global'] ?? '']));
  return pairs.map((pair) => {
    const score = (scores.get(pair.id) ?? '') || (pair.labels.includes('No finding') ? '0' : '');
    return { ...pair, labels: score === '' ? [] : [`severity:${score}`] };
  });
}

async function interval(model: Model, pairs: readonly Pair[]): Promise<Interval> {
  const test = gradedOf(pairs, grades);
  const scores = await severityScores(model, test.map(({ pair }) => pair)); // prettier-ignore
  const patients = test.map(({ pair }) => pair.patientId);
  const statistic = (some: readonly number[]): number | null =>
    spearman(some.map((at) => scores[at]!), some.map((at) => test[at]!.grade)); // prettier-ignore
  return patientBootstrap(patients, statistic, randomFor(1, 'brixia'));
}
