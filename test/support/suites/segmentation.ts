/** Suite `evaluate/segmentation`. @module */
import { hausdorff95 } from '#client/evaluate/hausdorff';
import { overlapCounts, overlapOf } from '#client/evaluate/overlap';
import { number, numbers } from '../vector-input.ts';
import type { Suite } from '../vectors.ts';
import { whole } from './loss-program.ts';

export const segmentation: Suite = {
  overlap: (input) => {
    const [actual, predicted] = [whole(input['actual']), whole(input['predicted'])];
    return overlapOf(overlapCounts(actual.values, predicted.values, number(input['classes'])));
  },
  hausdorff95: (input) => {
    const [actual, predicted] = [whole(input['actual']), whole(input['predicted'])].map(({ shape, values }) => ({
      shape,
      cells: values,
    }));
    return { hausdorff95: hausdorff95(actual!, predicted!, numbers(input['spacing'])) }; // two of them
  },
};
