/** How well a classifier that sees images alone does on labelled tiles. C classes. @module */
import { calibrationBins, calibrationError } from '#client/evaluate/calibration';
import { argMax, multiLabelAuc } from '#client/evaluate/classification';
import { classFigures, confusionOf } from '#client/evaluate/confusion';
import { confusionTally } from '#client/evaluate/count-tallies';
import { calibrationCurve } from '#client/evaluate/curves';
import type { Figures, MethodReport } from '#client/evaluate/types';
import type { Pair } from '#client/data/types';
import { UsageError } from '#shared/errors';
import { outputNamed } from '../outputs.ts';
import type { Measure, MethodTally, Model } from '../types.ts';
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
  const { actual, probabilities } = await judged(model, pairs, classes);
  if (actual.length === 0) throw new UsageError('noUsableRows', 'no image to evaluate on has a label class:NAME');
  return {
    figures: figuresOf(actual, probabilities, classes),
    chance: chanceOf(actual, classes),
    pairCount: actual.length,
    details: {
      curves: [calibrationCurve(calibrationBins(probabilities, actual, bins))],
      confusion: { classes, counts: Array.from(confusionOf(actual, probabilities.map(argMax), classes.length).counts) },
    },
  };
}

/** Accuracy, macro F1 and confusion over all sites' images, from summed counts of actual and predicted classes. */
export function classTally(classes: readonly string[]): MethodTally {
  const tally = confusionTally(classes.length);
  return {
    length: tally.length,
    count: async (model, pairs) => {
      const { actual, probabilities } = await judged(model, pairs, classes);
      return tally.count({ actual, predicted: probabilities.map(argMax) });
    },
    read: (counts) => {
      const { accuracy, macroF1 } = tally.read(counts);
      return { accuracy, macroF1, confusion: byNames(classes, (a, p) => counts[a * classes.length + p]!) }; // C x C
    },
  };
}

/** The images that have a class: which, and what the model thinks. */
async function judged(
  model: Model,
  pairs: readonly Pair[],
  classes: readonly string[],
): Promise<{ readonly actual: readonly number[]; readonly probabilities: readonly (readonly number[])[] }> {
  const known = labelled(pairs, classes);
  if (known.length === 0) return { actual: [], probabilities: [] };
  const outputs = await model.images(known.map(({ pair }) => pair));
  const probabilities = outputNamed(outputs, 'probabilities').map((row) => Array.from(row));
  return { actual: known.map(({ index }) => index), probabilities };
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
