import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { fixReference } from '#client/engine/reference';
import { exportOnnxForAnyBatch } from '#client/engine/onnx/export';
import type { StepProgram, Tensors } from '#client/engine/types';
import { drawn } from '../../../../support/model/encoder.ts';

/** `[B, 2, 3]` to what `answer` makes of it. */
function programOf(answer: (x: tf.Tensor, w: tf.Tensor) => tf.Tensor): (batch: number) => StepProgram {
  return (batch) => ({
    state: { w: { shape: [3, 4], dtype: 'float32' } },
    inputs: { x: { shape: [batch, 2, 3], dtype: 'float32' } },
    step: (state: Tensors, { x }: Tensors) => ({ state, outputs: { y: answer(x!, state['w']!) } }),
  });
}
const w = drawn([3, 4], 1);

async function answered(
  answer: Parameters<typeof programOf>[0],
  batch: number,
): Promise<InferenceSession.OnnxValueMapType['y']> {
  const session = await InferenceSession.create(await exportOnnxForAnyBatch(programOf(answer), { w }));
  const { y } = await session.run({ x: new Tensor('float32', drawn([batch, 2, 3], 2), [batch, 2, 3]) });
  await session.release();
  return y!; // the program's output
}

describe('a graph for any batch', () => {
  before(async () => {
    await tf.setBackend(fixReference());
  });

  it('asks the input for the size wherever a shape holds it', async () => {
    const answer = (x: tf.Tensor, weight: tf.Tensor): tf.Tensor => {
      const [B] = x.shape as [number, number, number];
      const y = tf.matMul(x.reshape<tf.Tensor2D>([2 * B, 3]), weight).reshape<tf.Tensor3D>([B, 2, 4]);
      const front = tf.tile(tf.slice(weight as tf.Tensor2D, [0, 0], [1, 4]).reshape([1, 1, 4]), [B, 1, 1]);
      return tf.slice(tf.concat([front as tf.Tensor3D, y], 1), [0, 0, 0], [B, 2, 4]);
    };
    for (const batch of [1, 2, 101]) {
      const { data, dims } = await answered(answer, batch);
      assert.deepEqual(dims, [batch, 2, 4]);
      const x = tf.tensor3d(drawn([batch, 2, 3], 2), [batch, 2, 3]);
      const expected = await answer(x, tf.tensor2d(w, [3, 4])).data();
      expected.forEach((value, i) => {
        assert(Math.abs(value - Number(data[i])) < 1e-6);
      });
    }
  });

  it('is refused where the size is a number among others, or the shapes are no line', async () => {
    const refused = (answer: (x: tf.Tensor) => tf.Tensor, message: RegExp): Promise<void> =>
      assert.rejects(exportOnnxForAnyBatch(programOf(answer), { w }), { code: 'unsupported', message });
    await refused((x) => tf.add(x, x.shape[0]), /numbers that are no shape/);
    await refused((x) => tf.mul(x, tf.range(0, x.shape[0]).reshape([-1, 1, 1])), /numbers that are no shape/);
    await refused((x) => x.reshape([-1]), /axes of y/);
    await refused((x) => tf.matMul(x.reshape([-1, 6]), x.reshape([-1, 6]), false, true), /axes of y/);
    await refused((x) => (x.shape[0] === 103 ? tf.relu(x) : x), /its operators/);
  });
});
