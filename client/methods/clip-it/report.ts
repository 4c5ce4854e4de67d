/** How well a classifier that sees images alone does on labelled tiles. C classes. @module */
import { calibrationBins, calibrationError } from '#client/evaluate/calibration';
import { argMax, multiLabelAuc } from '#client/evaluate/classification';
import { classFigures, confusionOf } from '#client/evaluate/confusion';
import { calibrationCurve } from '#client/evaluate/curves';
import type { Figures, MethodReport } from '#client/evaluate/types';
import type { Pair } from '#client/data/types';
import { UsageError } from '#shared/errors';
import { outputNamed } from '../outputs.ts';
import type { Measure, Model } from '../types.ts';
import { labelled } from './labels.ts';

export const classMeasures: readonly Measure[] = [
  { path: 'accuracy', title: 'accuracy in %', better: 'higher', scale: 100 },
  { path: 'macroF1', title: 'macro F1 in %', better: 'higher', scale: 100 },
  { path: 'auc', title: 'area under the ROC curve, mean of classes, in %', better: 'higher', scale: 100 },
  { path: 'calibrationError', title: 'expected calibration error in %', better: 'lower', scale: 100 },
];

/** Of confidence. */
const bins = 10;

/**
 * The figures of `probabilities` on those of these pairs that have a class; `confusion` by actual class, then by
 * predicted one. @throws UsageError (noUsableRows) if none has; (badFormat) as `labelled`
 */
export async function classReport(
  model: Model,
  pairs: readonly Pair[],
  classes: readonly string[],
): Promise<MethodReport> {
  const known = labelled(pairs, classes);
  if (known.length === 0) throw new UsageError('noUsableRows', 'no image to evaluate on has a label class:NAME');
  const outputs = await model.images(known.map(({ pair }) => pair));
  const probabilities = outputNamed(outputs, 'probabilities').map((row) => Array.from(row));
  const actual = known.map(({ index }) => index);
  return {
    figures: figuresOf(actual, probabilities, classes),
    chance: chanceOf(actual, classes),
    pairCount: known.length,
    details: {
      curves: [calibrationCurve(calibrationBins(probabilities, actual, bins))],
      confusion: { classes, counts: Array.from(confusionOf(actual, probabilities.map(argMax), classes.length).counts) },
    },
  };
}

function figuresOf(
  actual: readonly number[],
  probabilities: readonly (readonly number[])[],
  classes: readonly string[],
): Figures {
  const confusion = confusionOf(actual, probabilities.map(argMax), classes.length);
  const { accuracy, macroF1 } = classFigures(confusion);
  const is = actual.map((own) => classes.map((_, c) => Number(c === own)));
  return {
    accuracy,
    macroF1,
    auc: multiLabelAuc(is, probabilities).macro,
    calibrationError: calibrationError(calibrationBins(probabilities, actual, bins)),
    confusion: byNames(classes, (a, p) => confusion.counts[a * classes.length + p]!), // C x C
  };
}

/** Who says each class equally often, and that each is equally likely. */
function chanceOf(actual: readonly number[], classes: readonly string[]): Figures {
  const C = classes.length;
  const seen = classes.map((_, c) => actual.filter((own) => own === c).length);
  const shares = seen.filter((count) => count > 0).map((count) => count / actual.length);
  // Of class c with share q a guesser finds q / C of all tiles: F1 = 2 (q / C) / (q + 1 / C).
  const f1 = [...shares, ...Array<number>(C - shares.length).fill(0)].map((q) => (2 * q) / (C * q + 1));
  return {
    accuracy: 1 / C,
    macroF1: f1.reduce((sum, one) => sum + one, 0) / C,
    auc: 0.5,
    calibrationError: 0,
    confusion: byNames(classes, (a) => seen[a]! / C), // one count for each class
  };
}

function byNames(classes: readonly string[], value: (actual: number, predicted: number) => number): Figures {
  const row = (a: number): Figures => Object.fromEntries(classes.map((name, p) => [name, value(a, p)]));
  return Object.fromEntries(classes.map((name, a) => [name, row(a)]));
}
