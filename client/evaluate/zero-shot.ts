/**
 * Zero-shot diagnosis: a score for each class from a prompt. The area under the ROC curve needs nothing more; a decision
 * or a probability needs a calibration, learnt on validation examples and used on others.
 *
 * Source: BrgSA (arXiv 2501.03565), evaluation. Deviation: its released code chooses each threshold on the examples that
 * it is judged by, which flatters; here they are other examples.
 *
 * @module
 */
import {
  calibrationBins,
  calibrationError,
  fitLogistic,
  type Logistic,
  logisticProbability,
  thresholdNearestCorner,
} from './calibration.ts';
import { auc, multiLabelAuc, type PerClass } from './classification.ts';
import { classFigures, confusionOf } from './confusion.ts';

/** Labels (1 or 0) and raw scores, `[N, C]`. */
export interface ZeroShotScores {
  readonly labels: readonly (readonly number[])[];
  readonly scores: readonly (readonly number[])[];
}

/** What was learnt of a class; null where the validation examples lack a positive or a negative. */
export type ClassCalibration = { readonly threshold: number; readonly curve: Logistic } | null;

/** One calibration per class. */
export function calibrateZeroShot({ labels, scores }: ZeroShotScores): readonly ClassCalibration[] {
  return (labels[0] ?? []).map((_, c) => {
    const [own, raw] = [column(labels, c), column(scores, c)];
    const threshold = thresholdNearestCorner(own, raw);
    const curve = fitLogistic(own, raw);
    return threshold === null || curve === null ? null : { threshold, curve };
  });
}

/** Figures of one class; null where the examples or the calibration do not give one. */
export interface ZeroShotClass {
  readonly positiveCount: number;
  readonly auc: number | null;
  /** F1 of the positives at the threshold. */
  readonly f1: number | null;
  readonly expectedCalibrationError: number | null;
}

/** Figures of all classes. */
export interface ZeroShotReport {
  readonly classes: readonly ZeroShotClass[];
  readonly auc: PerClass;
}

/** What scores of examples that the calibrations have not seen are worth, with `bins` of confidence. */
export function zeroShotReport(
  { labels, scores }: ZeroShotScores,
  calibrations: readonly ClassCalibration[],
  bins = 10,
): ZeroShotReport {
  const classes = calibrations.map((calibration, c) =>
    classReport(column(labels, c), column(scores, c), calibration, bins),
  );
  return { classes, auc: multiLabelAuc(labels, scores) };
}

function classReport(
  labels: readonly number[],
  scores: readonly number[],
  calibration: ClassCalibration,
  bins: number,
): ZeroShotClass {
  const positiveCount = labels.filter((label) => label === 1).length;
  const area = auc(labels, scores);
  if (calibration === null) return { positiveCount, auc: area, f1: null, expectedCalibrationError: null };
  const predicted = scores.map((score) => Number(score >= calibration.threshold));
  const probabilities = scores.map((score) => {
    const p = logisticProbability(calibration.curve, score);
    return [1 - p, p];
  });
  return {
    positiveCount,
    auc: area,
    f1: classFigures(confusionOf(labels, predicted, 2)).f1[1] ?? null,
    expectedCalibrationError: calibrationError(calibrationBins(probabilities, labels, bins)),
  };
}

function column(rows: readonly (readonly number[])[], c: number): readonly number[] {
  return rows.map((row) => row[c]!);
}
