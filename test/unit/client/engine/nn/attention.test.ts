import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { selfAttention } from '#client/engine/nn/attention';
import { floats, largestDifference, runCase } from '../../../../support/engine/kernel-case.ts';
import type { KernelCase } from '../../../../support/engine/kernel-case.ts';

const sizes = { B: 3, T: 5, heads: 2 };
const [M, D] = [15, 8];

type Attend = (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor, mask: tf.Tensor | undefined) => tf.Tensor;

/** The definition, differentiated by TensorFlow.js. */
const byDefinition: Attend = (x, weight, bias, mask) => {
  const { B, T, heads } = sizes;
  const qkv = tf.reshape(tf.add(tf.matMul(x, weight), bias), [B, T, 3, heads, D / heads]);
  const [q, k, v] = tf.unstack(tf.transpose(qkv, [2, 0, 3, 1, 4])) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const scores = tf.div(tf.matMul(q, k, false, true), Math.sqrt(D / heads));
  const mixed = tf.matMul(tf.softmax(mask === undefined ? scores : tf.add(scores, mask)), v);
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [M, D]);
};

const fused: Attend = (x, weight, bias, mask) => selfAttention(x as tf.Tensor2D, { weight, bias }, sizes, mask);

const caseOf = (attend: Attend, masked: boolean): KernelCase => ({
  name: 'attention',
  inputs: [floats([M, D]), floats([D, 3 * D]), floats([3 * D])],
  run: (x, weight, bias) => attend(x, weight, bias, masked ? tf.tensor1d([0, 0, -1e9, 0, -1e9]) : undefined),
  tolerance: 2e-5,
});

describe('attention', () => {
  for (const masked of [false, true]) {
    it(`is its definition, with its gradients, ${masked ? 'masked' : 'unmasked'}, eager and compiled`, async () => {
      const expected = await runCase(caseOf(byDefinition, masked), 'reference');
      const ours = caseOf(fused, masked);
      for (const engine of ['reference', 'onnx'] as const) {
        const difference = largestDifference(await runCase(ours, engine), expected);
        assert.ok(difference <= ours.tolerance, `${engine}: largest difference ${difference.toExponential(1)}`);
      }
    });
  }
});
