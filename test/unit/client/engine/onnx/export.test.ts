import assert from 'node:assert/strict';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { exportOnnx } from '#client/engine/onnx/export';
import type { StepProgram } from '#client/engine/types';
import { clipBatch, clipConfigs, clipParts, clipWeights } from '../../../../support/engine/clip.ts';
import { withRunner } from '../../../../support/engine/run.ts';
import { shapesOf, valuesOf } from '../../../../support/engine/training.ts';

const config = clipConfigs.small;
const size = 3;
const parts = clipParts(config, size);
const state = valuesOf(clipWeights(config));
const program: StepProgram = {
  state: shapesOf(clipWeights(config)),
  inputs: parts.batch,
  step: (weights, batch) => ({ state: weights, outputs: { ...parts.embed(weights, batch) } }),
};
const { image, ids, mask } = clipBatch(config, size, 1);

describe('an exported program', () => {
  it('gives the embeddings that the program gives', async () => {
    const batch = { image: image!, ids: ids!, mask: mask! };
    const expected = await withRunner(program, { engine: 'onnx', worker: false, init: state }, (runner) =>
      runner.step(batch),
    );
    const session = await InferenceSession.create(await exportOnnx(program, state, ['images', 'texts']));
    const made = await session.run({
      image: new Tensor('float32', image as Float32Array, parts.batch['image']!.shape),
      ids: new Tensor('int32', ids as Int32Array, parts.batch['ids']!.shape),
      mask: new Tensor('float32', mask as Float32Array, parts.batch['mask']!.shape),
    });
    await session.release();
    for (const name of ['images', 'texts']) {
      const difference = Math.max(...expected[name]!.map((value, i) => Math.abs(value - Number(made[name]!.data[i]))));
      assert.ok(difference < 1e-6, `${name} differ by ${difference}`);
      assert.deepEqual(made[name]!.dims, [size, config.embedding]);
    }
  });

  it('holds operators of ONNX alone, so that any runtime can read it', async () => {
    const bytes = Buffer.from(await exportOnnx(program, state));
    for (const name of ['com.microsoft', 'FusedMatMul', 'FastGelu']) assert(!bytes.includes(name), name);
    for (const name of ['MatMul', 'Sigmoid']) assert(bytes.includes(name), name);
  });

  it('asks for the inputs of its outputs alone, and holds their weights alone', async () => {
    const whole = await exportOnnx(program, state, ['images', 'texts']);
    const bytes = await exportOnnx(program, state, ['images']);
    const session = await InferenceSession.create(bytes);
    assert.deepEqual(session.inputNames, ['image']);
    assert.deepEqual(session.outputNames, ['images']);
    await session.release();
    assert.ok(bytes.length < whole.length);
    assert.deepEqual(await exportOnnx(program, state), whole);
  });

  it('is refused without a weight that it needs, or for an output that is not there', async () => {
    const less = Object.fromEntries(Object.entries(state).filter(([name]) => name !== 'patch'));
    await assert.rejects(exportOnnx(program, less, ['images']), {
      code: 'badArgument',
      message: /state 'patch' is missing/,
    });
    await assert.rejects(exportOnnx(program, state, ['scores']), {
      code: 'badArgument',
      message: /no output 'scores'/,
    });
  });
});
