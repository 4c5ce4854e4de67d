/**
 * How well a model's severity follows the grades of a site, and what a linear probe on its few graded training images
 * reads from the embeddings.
 *
 * @module
 */
import type { Pair } from '#client/data/types';
import { UsageError } from '#shared/errors';
import { classFigures, confusionOf } from '#client/evaluate/confusion';
import { fitProbe } from '#client/evaluate/linear-probe';
import { spearman } from '#client/evaluate/severity';
import type { Figures, MethodReport, NamedConfusion } from '#client/evaluate/types';
import { outputNamed } from '../outputs.ts';
import type { Measure, Model, ReportWorld } from '../types.ts';
import type { SemiseSection } from './config.ts';
import { gradedOf } from './grades.ts';

/** Spearman's correlation first. */
export const severityMeasures: readonly Measure[] = [
  { path: 'severity.spearman', title: 'severity, Spearman', better: 'higher', scale: 1 },
  { path: 'probe.macroF1', title: 'linear probe, macro F1 in %', better: 'higher', scale: 100 },
  { path: 'probe.maee', title: 'linear probe, MAEE (1 is perfect)', better: 'lower', scale: 1 },
];

/**
 * How far each image is from health, in the order of the pairs: the distance to the healthy prototype, from 0 to 2, or the
 * expected grade of the supervised control.
 *
 * @throws UsageError (noUsableRows) if the model has no prototype yet
 */
export async function severityScores(
  model: Pick<Model, 'images'>,
  pairs: readonly Pick<Pair, 'image'>[],
): Promise<readonly number[]> {
  const scores = outputNamed(await model.images(pairs), 'severity').map(([score = Number.NaN]) => score);
  if (scores.every(Number.isFinite)) return scores;
  throw new UsageError(
    'noUsableRows',
    'the model has no healthy prototype, so nothing can be told from health: train where some site has enough patients graded healthy',
  );
}

/** The report on the graded ones of these pairs. @throws UsageError (noUsableRows) if there are none, (badFormat) */
export async function severityReport(
  { grades, probePenalty }: SemiseSection,
  model: Model,
  pairs: readonly Pair[],
  { train }: Pick<ReportWorld, 'train'>,
): Promise<MethodReport> {
  const test = gradedOf(pairs, grades);
  if (test.length === 0)
    throw new UsageError('noUsableRows', 'no image to evaluate on has a grade: severity:N in labels');
  const learnt = gradedOf(train, grades);
  const outputs = await model.images(test.map(({ pair }) => pair));
  const actual = test.map(({ grade }) => grade);
  const scores = outputNamed(outputs, 'severity').map(([score = Number.NaN]) => score);
  const features = outputNamed(outputs, 'embedding');
  const examples = {
    features: learnt.length === 0 ? [] : outputNamed(await model.images(learnt.map(({ pair }) => pair)), 'embedding'),
    labels: learnt.map(({ grade }) => grade),
    classes: grades,
  };
  const probe = learnt.length === 0 ? undefined : fitProbe(examples, probePenalty);
  const most = mostFrequent(examples.labels);
  return {
    figures: {
      severity: { spearman: scores.every(Number.isFinite) ? spearman(scores, actual) : null },
      probe: probeFigures(actual, probe && features.map(probe), grades),
      counts: { graded: test.length, gradedTrain: learnt.length },
    },
    chance: {
      severity: { spearman: 0 },
      probe: probeFigures(actual, most === undefined ? undefined : actual.map(() => most), grades),
      counts: { graded: test.length, gradedTrain: learnt.length },
    },
    pairCount: test.length,
    details: probe === undefined ? {} : { confusion: gradeConfusion(actual, features.map(probe), grades) },
  };
}

/** Grades as the probe reads them. */
function gradeConfusion(actual: readonly number[], predicted: readonly number[], grades: number): NamedConfusion {
  const classes = Array.from({ length: grades }, (_, grade) => `grade ${grade}`);
  return { classes, counts: Array.from(confusionOf(actual, predicted, grades).counts) };
}

function probeFigures(actual: readonly number[], predicted: readonly number[] | undefined, grades: number): Figures {
  if (predicted === undefined) return { macroF1: null, maee: null, accuracy: null };
  const { macroF1, maee, accuracy } = classFigures(confusionOf(actual, predicted, grades));
  return { macroF1, maee, accuracy };
}

/** What somebody who sees no image had best say; of equally frequent grades the lowest. */
function mostFrequent(labels: readonly number[]): number | undefined {
  const counts = Map.groupBy(labels, (grade) => grade);
  return [...counts.keys()].sort((a, b) => counts.get(b)!.length - counts.get(a)!.length || a - b)[0]; // its own keys
}
