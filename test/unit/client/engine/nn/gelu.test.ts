import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { gelu } from '#client/engine/nn/gelu';
import { floats, largestDifference, runCase } from '../../../../support/engine/kernel-case.ts';
import type { KernelCase } from '../../../../support/engine/kernel-case.ts';

const caseOf = (run: (x: tf.Tensor) => tf.Tensor): KernelCase => ({
  name: 'gelu',
  inputs: [floats([40, 8], -12, 12)],
  run,
  tolerance: 2e-5,
});

/** x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2, differentiated by TensorFlow.js. */
function byDefinition(x: tf.Tensor): tf.Tensor {
  const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.pow(x, 3))));
  return tf.mul(tf.mul(x, 0.5), tf.add(1, tf.tanh(inner)));
}

describe('gelu', () => {
  it('is its definition by the hyperbolic tangent, with its gradient, eager and compiled', async () => {
    const expected = await runCase(caseOf(byDefinition), 'reference');
    const ours = caseOf(gelu);
    for (const engine of ['reference', 'onnx'] as const) {
      const difference = largestDifference(await runCase(ours, engine), expected);
      assert.ok(difference <= ours.tolerance, `${engine}: largest difference ${difference.toExponential(1)}`);
    }
  });
});
