import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { Emitter } from '#client/engine/onnx/emitter';
import { stepGraph } from '#client/engine/onnx/graph';
import { trace } from '#client/engine/trace/record';
import { gradCache, wholeLoss } from '#client/engine/transform/grad-cache';
import { plainStep } from '#client/engine/transform/training-program';
import type { StepProgram } from '#client/engine/types';
import { clipConfigs, clipParts } from '../../../../support/engine/clip.ts';

const programOf = (step: (x: tf.Tensor) => Record<string, tf.Tensor>): StepProgram => ({
  state: { w: { shape: [3], dtype: 'float32' } },
  inputs: { x: { shape: [2, 3], dtype: 'float32' } },
  step: (state, { x }) => ({ state: { ...state }, outputs: step(x!) }),
});

/** How many nodes of an operator the graph of a program has, or all of them. */
async function count(program: StepProgram, op: string): Promise<number> {
  const { recording } = await trace(program);
  const bytes = Buffer.from(stepGraph(recording).model);
  const marker = Buffer.concat([Buffer.of(0x22, op.length), Buffer.from(op)]); // field 4 of a node: its operator
  let found = 0;
  for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at + 1)) found++;
  return found;
}

describe('an emitter', () => {
  it('writes equal nodes once', () => {
    const e = new Emitter();
    assert.equal(e.op('Add', ['a', 'b']), e.op('Add', ['a', 'b']));
    assert.notEqual(e.op('Add', ['a', 'b']), e.op('Add', ['b', 'a']));
    assert.equal(e.nodes.length, 2);
  });

  it('writes a transpose of a transpose as one, and none where they cancel', () => {
    const e = new Emitter();
    const once = e.transpose('x', [2, 0, 1]);
    assert.equal(e.transpose(once, [1, 2, 0]), 'x');
    e.transpose(once, [2, 0, 1]);
    assert.equal(e.nodes.length, 2); // x by [2, 0, 1] and x by [1, 2, 0]
    assert.equal(e.transpose('x', [0, 1, 2]), 'x');
  });

  it('broadcasts when someone needs the full tensor, and not before', () => {
    const e = new Emitter();
    const ones = e.constant(new Float32Array(6).fill(1), { shape: [2, 3], dtype: 'float32' });
    const row = e.spread(e.term('row', [3]), [2, 3]);
    const sum = e.map('Add', [row, ones]);
    assert.deepEqual([sum.shape, sum.stored, e.nodes.length], [[2, 3], [3], 1]);
    e.full(sum);
    assert.equal(e.nodes.length, 2);
  });

  it('lets one number spread a reshaped tensor', () => {
    const e = new Emitter();
    const column = e.reshape(e.term('x', [2, 3]), [2, 3, 1]);
    const product = e.map('Mul', [e.fill(0.5, [1, 1, 3]), column]);
    assert.deepEqual([product.shape, product.stored], [[2, 3, 3], [2, 3, 1]]); // prettier-ignore
  });
});

describe('the graph of a program', () => {
  it('has nothing that no output needs', async () => {
    const used = programOf((x) => ({ y: tf.exp(x) }));
    const more = programOf((x) => (tf.sin(tf.exp(x)), { y: tf.exp(x) }));
    assert.deepEqual([await count(more, 'Exp'), await count(more, 'Sin')], [1, 0]);
    assert.equal(await count(used, 'Exp'), 1);
  });

  it('has no tensor in a shape that nobody reads it in', async () => {
    const program = programOf((x) => ({ y: tf.abs(tf.relu(tf.tanh(tf.reshape(x, [3, 2])))).reshape([2, 3]) }));
    assert.equal(await count(program, 'Reshape'), 0);
  });

  it('has no operation for adding nothing and multiplying by one', async () => {
    const idle = programOf((x) => ({ y: tf.div(tf.mul(tf.add(x, 0), tf.onesLike(x)), 1) }));
    assert.deepEqual(await Promise.all(['Add', 'Mul', 'Div', 'Expand'].map((op) => count(idle, op))), [0, 0, 0, 0]);
  });

  it('spreads the gradient of a sum without a tensor of ones', async () => {
    const program = programOf((x) => ({ g: tf.grad((a: tf.Tensor) => tf.sum(tf.mul(tf.sum(a, 1, true), a)))(x) }));
    assert.equal(await count(program, 'Tile'), 0);
  });

  it('leaves states that do not change outside', async () => {
    const { recording } = await trace(programOf((x) => ({ y: tf.exp(x) })));
    const { inputs, outputs } = stepGraph(recording);
    assert.deepEqual([Object.keys(inputs), Object.keys(outputs)], [['input/x'], ['output/y']]);
  });

  it('embeds a second time in a cached step, instead of keeping what the first time computed', async () => {
    const parts = clipParts(clipConfigs.small, 4);
    const blocks = clipConfigs.small.vision.layers + clipConfigs.small.text.layers;
    assert.equal(await count(plainStep(wholeLoss(parts)), 'FastGelu'), blocks);
    assert.equal(await count(gradCache(parts, 2), 'FastGelu'), 2 * 2 * blocks);
  });
});
