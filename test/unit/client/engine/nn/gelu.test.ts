import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { biasGelu } from '#client/engine/nn/gelu';
import { floats, largestDifference, runCase } from '../../../../support/engine/kernel-case.ts';
import type { KernelCase } from '../../../../support/engine/kernel-case.ts';

const caseOf = (run: (x: tf.Tensor, bias: tf.Tensor) => tf.Tensor): KernelCase => ({
  name: 'gelu',
  inputs: [floats([5, 8, 8], -12, 12), floats([8])],
  run,
  tolerance: 2e-5,
});

/** u (1 + tanh(sqrt(2/pi) (u + 0.044715 u^3))) / 2 with u = x + bias, differentiated by TensorFlow.js. */
function byDefinition(given: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const x = tf.add(given, bias);
  const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.pow(x, 3))));
  return tf.mul(tf.mul(x, 0.5), tf.add(1, tf.tanh(inner)));
}

describe('gelu', () => {
  it('is its definition by the hyperbolic tangent, with its gradients, eager and compiled', async () => {
    const expected = await runCase(caseOf(byDefinition), 'reference');
    const ours = caseOf(biasGelu);
    for (const engine of ['reference', 'onnx'] as const) {
      const difference = largestDifference(await runCase(ours, engine), expected);
      assert.ok(difference <= ours.tolerance, `${engine}: largest difference ${difference.toExponential(1)}`);
    }
  });
});
