import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { groupNorm } from '#client/engine/nn/group-norm';
import { sizeOf } from '#client/engine/shapes';
import { floats, largestDifference, runCase } from '../../../../support/engine/kernel-case.ts';
import type { KernelCase } from '../../../../support/engine/kernel-case.ts';

const groups = 2;

/** The definition, differentiated by TensorFlow.js. */
function byDefinition(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor): tf.Tensor {
  const [batch, channels] = [x.shape[0], x.shape.at(-1)!]; // as in the cases below
  const grouped = tf.reshape(x, [batch, sizeOf(x.shape.slice(1, -1)), groups, channels / groups]);
  const centred = tf.sub(grouped, tf.mean(grouped, [1, 3], true));
  const variance = tf.mean(tf.square(centred), [1, 3], true);
  const normal = tf.reshape(tf.div(centred, tf.sqrt(tf.add(variance, 1e-5))), x.shape);
  return tf.add(tf.mul(normal, scale), offset);
}

const caseOf = (shape: number[], norm: typeof byDefinition): KernelCase => ({
  name: `[${shape.join()}]`,
  inputs: [floats(shape, 2, 4), floats([shape.at(-1)!]), floats([shape.at(-1)!])],
  run: (x, scale, offset) => norm(x, scale, offset),
  tolerance: 2e-5,
});

describe('group normalisation', () => {
  for (const shape of [
    [2, 3, 4, 5, 6],
    [3, 4, 5, 4],
    [4, 7, 2],
    [5, 4],
  ]) {
    it(`is its definition, with its gradients, on [${shape.join()}], eager and compiled`, async () => {
      const expected = await runCase(caseOf(shape, byDefinition), 'reference');
      const fused = caseOf(shape, (x, scale, offset) => groupNorm(x, groups, scale, offset));
      for (const engine of ['reference', 'onnx'] as const) {
        const difference = largestDifference(await runCase(fused, engine), expected);
        assert.ok(difference <= fused.tolerance, `${engine}: largest difference ${difference.toExponential(1)}`);
      }
    });
  }

  it('refuses groups that do not divide the channels', () => {
    assert.throws(() => groupNorm(tf.zeros([1, 2, 3]), 2, tf.ones([3]), tf.zeros([3])), { code: 'badArgument' });
  });
});
