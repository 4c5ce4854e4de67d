/** Suite `methods/semise`. @module */
import type * as tf from '@tensorflow/tfjs';
import { maee } from '#client/evaluate/severity';
import {
  cosineDistance,
  healthyAnomaly,
  ntXent,
  preference,
  semise as combined,
  severity,
  type Preference,
} from '#client/methods/semise/loss';
import { boolean, list, number, numbers } from '../vector-input.ts';
import type { JsonObject, Suite } from '../vectors.ts';
import { floats, runLoss, type Given, type Parts } from './loss-program.ts';

const compared = ['reference', 'a', 'b', 'severityA', 'severityB'];

export const semise: Suite = {
  cosineDistance: (input) =>
    run(input, ['a', 'b'], ({ a, b }) => ({ distance: cosineDistance(a as tf.Tensor2D, b as tf.Tensor2D) })), // as the vectors declare them
  healthyAnomaly: (input) => {
    const same = Float32Array.from(list(input['same'], boolean), Number);
    const margin = number(input['margin']);
    const parts: Parts = ({ a, b, kind }) => ({
      loss: healthyAnomaly(a as tf.Tensor2D, b as tf.Tensor2D, kind as tf.Tensor1D, margin), // likewise
    });
    return run(input, ['a', 'b'], parts, ['a', 'b'], { kind: { shape: [same.length], values: same } });
  },
  ntXent: (input) => run(input, ['views'], ({ views }) => ({ loss: ntXentOf(input, views!) }), ['views']), // declared
  preference: (input) => run(input, compared, (tensors) => ({ ...preferenceOf(tensors) }), ['a', 'b', 'reference']),
  combine: (input) =>
    run(input, ['views', ...compared], ({ views, ...tensors }) => {
      const contrast = ntXentOf(input, views!); // declared
      const { comparisons, loss } = preferenceOf(tensors);
      const total = combined(contrast, loss, number(input['alpha']));
      return { ntXent: contrast, preference: loss, comparisons, total };
    }),
  severity: (input) =>
    run(input, ['x', 'references'], ({ x, references }) => ({
      severity: severity(x as tf.Tensor2D, references as tf.Tensor2D), // likewise
    })),
  maee: (input) => ({ maee: maee(numbers(input['actual']), numbers(input['predicted'])) }),
};

function ntXentOf(input: JsonObject, views: tf.Tensor): tf.Scalar {
  return ntXent(views as tf.Tensor2D, number(input['temperature'])); // likewise
}

function preferenceOf({ reference, a, b, severityA, severityB }: Readonly<Record<string, tf.Tensor>>): Preference {
  return preference(
    reference as tf.Tensor1D, // likewise
    a as tf.Tensor2D,
    b as tf.Tensor2D,
    severityA as tf.Tensor1D,
    severityB as tf.Tensor1D,
  );
}

function run(
  input: JsonObject,
  names: readonly string[],
  parts: Parts,
  by: readonly string[] = [],
  more: Readonly<Record<string, Given>> = {},
): Promise<unknown> {
  const inputs = { ...Object.fromEntries(names.map((name) => [name, floats(input[name])])), ...more };
  return runLoss({ inputs, parts, by }, 'onnx');
}
