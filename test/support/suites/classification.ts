/** Suite `evaluate/classification`. @module */
import { calibrationBins, calibrationError } from '#client/evaluate/calibration';
import { auc, averagePrecision, multiLabelAuc } from '#client/evaluate/classification';
import { classFigures, confusionOf } from '#client/evaluate/confusion';
import { list, number, numbers } from '../vector-input.ts';
import type { Json, Suite } from '../vectors.ts';

const rows = (value: Json | undefined): number[][] => list(value, numbers);

export const classification: Suite = {
  auc: (input) => ({ auc: auc(numbers(input['labels']), numbers(input['scores'])) }),
  multiLabelAuc: (input) => multiLabelAuc(rows(input['labels']), rows(input['scores'])),
  averagePrecision: (input) => ({
    averagePrecision: averagePrecision(numbers(input['labels']), numbers(input['scores'])),
  }),
  macroF1: (input) => {
    const counts = confusionOf(numbers(input['actual']), numbers(input['predicted']), number(input['classes']));
    const { f1, macroF1 } = classFigures(counts);
    return { perClass: f1, macroF1 };
  },
  expectedCalibrationError: (input) => ({
    expectedCalibrationError: calibrationError(
      calibrationBins(rows(input['probabilities']), numbers(input['labels']), number(input['bins'])),
    ),
  }),
};
