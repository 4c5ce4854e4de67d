/** SEMISE on real radiographs: the Brixia scores of cxr_covid, 0 to 18, of a quarter of the images. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { loadPairs } from '#client/data/load-pairs';
import { randomFor } from '#client/data/random';
import type { Pair } from '#client/data/types';
import { patientBootstrap } from '#client/evaluate/bootstrap';
import { spearman } from '#client/evaluate/severity';
import type { Defaults } from '#client/methods/config';
import { gradedOf } from '#client/methods/semise/grades';
import { semise } from '#client/methods/semise/semise';
import { severityScores } from '#client/methods/semise/severity-report';
import { splitWeights } from '#client/model/flat-weights';
import { openModel } from '#client/train/model';
import { sharedOf } from '#client/train/programs';
import { openSession } from '#client/train/session';
import { demonstrations } from '../../start/demonstrations.ts';
import type { BenchOptions, Figure } from '../types.ts';
import type { Arm } from './types.ts';

const cxr = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'data', 'cxr_covid', 'pairs.csv');

/** Scores are 0 to 18. */
const brixia: Defaults = { grades: 19 };

/** Spearman of the severity with the senior's score on patients that were not trained on, all countries in one place. */
export async function realSeverity(options: BenchOptions, arms: readonly Arm[]): Promise<readonly Figure[]> {
  const csv = typeof options['real'] === 'string' ? options['real'] : cxr;
  if (!existsSync(csv)) throw new Error(`${csv} is missing: give --real the path of cxr_covid/pairs.csv`);
  const pairs = await gradedPairs(csv);
  const figures: Figure[] = [];
  for (const { name, method, config } of arms) {
    const section = { ...config, semise: { ...(config['semise'] as Defaults), ...brixia } }; // a group of defaults
    const { estimate, low, high, examples } = await measured(method, section, pairs);
    figures.push({
      name: `real radiographs, ${name}, Spearman with the Brixia score [${text(low)}, ${text(high)}], ${examples} test images`,
      ...{ value: estimate ?? NaN, unit: '', better: 'higher', reach: null, reference: null },
    });
  }
  return figures;
}

function text(end: number | null): string {
  return end === null ? '-' : end.toFixed(2);
}

/**
 * All images; `severity:N` for those that `severity.csv` beside the file gives the senior radiologist's score of. What is
 * labelled `No finding` and has no score is graded 0, for there are two patients with a score of 0 to train on.
 */
async function gradedPairs(csv: string): Promise<readonly Pair[]> {
  const { pairs } = await loadPairs(csv, { size: [64, 64], channels: 1, reports: false });
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

interface Measured {
  readonly estimate: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly examples: number;
}

async function measured(name: string, config: Defaults, pairs: readonly Pair[]): Promise<Measured> {
  const { rounds } = demonstrations['semise']!; // it is there, beside every method
  const method = semise(config);
  const session = await openSession({ method: name, config, rounds, data: { pairs }, engine: 'onnx', seed: 1 });
  const model = openModel(method, { engine: 'onnx' });
  try {
    const { weights } = await session.trainAlone(() => undefined);
    model.write(splitWeights(sharedOf(method.parameters), weights));
    const test = gradedOf(pairs.filter(({ split }) => split === 'test'), 19); // prettier-ignore
    const scores = await severityScores(model, test.map(({ pair }) => pair)); // prettier-ignore
    const patients = test.map(({ pair }) => pair.patientId);
    const statistic = (some: readonly number[]): number | null =>
      spearman(some.map((at) => scores[at]!), some.map((at) => test[at]!.grade)); // prettier-ignore
    return { ...patientBootstrap(patients, statistic, randomFor(1, 'brixia')), examples: test.length };
  } finally {
    await session.dispose();
    await model.dispose();
  }
}
