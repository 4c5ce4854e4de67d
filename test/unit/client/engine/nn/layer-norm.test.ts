import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { afterNorm, layerNorm, standardise } from '#client/engine/nn/layer-norm';
import { floats, largestDifference, runCase } from '../../../../support/engine/kernel-case.ts';
import type { KernelCase } from '../../../../support/engine/kernel-case.ts';

type Layer = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) => tf.Tensor;

/** The definition and a linear layer, differentiated by TensorFlow.js. */
const byDefinition: Layer = (x, scale, offset, weight, bias) => {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const normal = tf.div(centred, tf.sqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5)));
  return tf.add(tf.matMul(tf.add(tf.mul(normal, scale), offset), weight), bias);
};

const caseOf = (run: Layer): KernelCase => ({
  name: 'layer norm',
  inputs: [floats([6, 8], -3, 5), floats([8], 0.5, 2), floats([8]), floats([8, 4]), floats([4])],
  run: run, // with as many inputs
  tolerance: 2e-5,
});

describe('layer normalisation', () => {
  const layers: readonly (readonly [string, Layer])[] = [
    ['as it stands', (x, scale, offset, weight, bias) => tf.add(tf.matMul(layerNorm(x, scale, offset), weight), bias)],
    [
      'with its scale and offset in the linear layer after it',
      (x, scale, offset, weight, bias) => {
        const linear = afterNorm({ scale, offset }, { weight, bias });
        return tf.add(tf.matMul(standardise(x), linear.weight), linear.bias);
      },
    ],
  ];
  for (const [how, layer] of layers) {
    it(`is its definition, with its gradients, eager and compiled, ${how}`, async () => {
      const expected = await runCase(caseOf(byDefinition), 'reference');
      const ours = caseOf(layer);
      for (const engine of ['reference', 'onnx'] as const) {
        const difference = largestDifference(await runCase(ours, engine), expected);
        assert.ok(difference <= ours.tolerance, `${engine}: largest difference ${difference.toExponential(1)}`);
      }
    });
  }
});
