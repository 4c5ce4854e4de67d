import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { stepGraph } from '#client/engine/onnx/graph';
import { inCache } from '#client/engine/onnx/in-cache';
import type { NodeRecord } from '#client/engine/onnx/in-cache';
import { openOnnx } from '#client/engine/run/onnx-machine';
import { trace } from '#client/engine/trace/record';
import type { HostValues, StepProgram } from '#client/engine/types';
import { caseProgram, caseValues, floats } from '../../../../support/engine/kernel-case.ts';
import type { KernelCase } from '../../../../support/engine/kernel-case.ts';

async function runWith(one: KernelCase, cacheBytes: number): Promise<{ outputs: HostValues; scans: number }> {
  const program = caseProgram(one);
  const { recording } = await trace(program);
  const step = stepGraph(recording, { block: 0, cacheBytes });
  const machine = await openOnnx({ ...program, step }, {}, { engine: 'onnx', threads: 1 });
  const [outputs] = await machine.steps([caseValues(one)]);
  await machine.dispose();
  return { outputs: outputs!, scans: Buffer.from(step.model).toString('latin1').split('num_scan_inputs').length - 1 };
}

const cases: readonly KernelCase[] = [
  {
    name: 'a chain with numbers, a row for all and a number per row',
    inputs: [floats([12, 8]), floats([8]), floats([12, 1])],
    run: (x, row, column) => tf.sigmoid(tf.mul(tf.add(tf.mul(x, 2), row), column)),
    tolerance: 0,
  },
  {
    name: 'a chain that a product interrupts',
    inputs: [floats([12, 8]), floats([8, 8])],
    run: (x, w) => {
      const before = tf.tanh(tf.add(tf.mul(x, 3), 1));
      return tf.sub(tf.mul(before, tf.matMul(before, w)), tf.square(before));
    },
    tolerance: 0,
  },
  {
    name: 'means of rows, and a mean over the rows',
    inputs: [floats([12, 8])],
    run: (x) => {
      const centred = tf.sub(x, tf.mean(x, -1, true));
      return tf.mul(centred, tf.sub(tf.mean(tf.square(centred), -1, true), tf.mean(centred, 0, true)));
    },
    tolerance: 0,
  },
  {
    name: 'comparisons and what they select',
    inputs: [floats([12, 4, 3]), floats([12, 4, 3])],
    run: (a, b) => tf.where(tf.greater(a, tf.mul(b, 0.5)), tf.relu(a), tf.neg(b)),
    differentiable: false,
    tolerance: 0,
  },
];

describe('chains in the cache', () => {
  for (const one of cases) {
    it(`give the same bits, with ${one.name}`, async () => {
      const plain = await runWith(one, 0);
      const chained = await runWith(one, 100); // a third to a quarter of the tensors
      assert.deepEqual(chained.outputs, plain.outputs);
      assert.equal(plain.scans, 0);
      assert.ok(chained.scans > 0);
    });
  }

  it('are cut into four blocks at least: fewer save less than the copies around them cost', async () => {
    const bytes = 12 * 8 * 4; // the largest tensor of the case
    assert.ok((await runWith(cases[0]!, bytes / 4)).scans > 0);
    assert.equal((await runWith(cases[0]!, bytes / 3)).scans, 0);
    assert.equal((await runWith(cases[0]!, 2 ** 20)).scans, 0);
  });

  it('have three nodes at least', async () => {
    const short: KernelCase = { ...cases[0]!, run: (x) => tf.tanh(tf.mul(x, 2)), differentiable: false };
    const longer: KernelCase = { ...short, run: (x) => tf.abs(tf.tanh(tf.mul(x, 2))) };
    assert.equal((await runWith(short, 100)).scans, 0);
    assert.equal((await runWith(longer, 100)).scans, 1);
  });

  it('leave a state as it is stacked, and the next step goes on from it', async () => {
    const spec = { shape: [12, 8], dtype: 'float32' } as const;
    const program: StepProgram = {
      state: { w: spec },
      inputs: { x: spec },
      step: ({ w }, { x }) => ({ state: { w: tf.sub(tf.mul(w!, 0.5), tf.mul(tf.abs(x!), 3)) }, outputs: {} }),
    };
    const { recording } = await trace(program);
    const step = stepGraph(recording, { block: 0, cacheBytes: 100 });
    assert.deepEqual(step.outputs['next/w']!.shape, [4, 3, 8]);
    const machine = await openOnnx({ ...program, step }, {}, { engine: 'onnx', threads: 1 });
    const x = Float32Array.from({ length: 96 }, (_, i) => i - 40);
    await machine.steps([{ x }, { x }]);
    assert.deepEqual(
      (await machine.read(['w']))['w'],
      x.map((value) => 0 - 4.5 * Math.abs(value)),
    );
    await machine.dispose();
  });

  it('never wait for themselves', () => {
    const rowwise = (inputs: string[], output: string): NodeRecord => {
      const spec = { shape: [8, 8], dtype: 'float32' } as const;
      const written = { inputs: inputs.map(() => spec), output: spec };
      return { type: 'Add', domain: '', inputs, outputs: [output], attrs: {}, rowwise: written };
    };
    const product: NodeRecord = { type: 'MatMul', domain: '', inputs: ['b', 'w'], outputs: ['c'], attrs: {} };
    const nodes = [
      rowwise(['x', 'x'], 'a'),
      rowwise(['a', 'x'], 'b'),
      product,
      rowwise(['a', 'c'], 'd'),
      rowwise(['d', 'b'], 'e'),
      rowwise(['e', 'd'], 'f'),
    ];
    const known = new Set(['x', 'w']);
    for (const one of inCache(nodes, {
      results: new Set(['f']),
      bytes: 64,
      ints: (values) => `ints ${values.join()}`,
    })) {
      for (const name of one.inputs) assert.ok(known.has(name) || name.startsWith('ints'), `${name} is read too early`);
      for (const name of one.outputs) known.add(name);
    }
    assert.ok(known.has('f'));
  });
});
