import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { compile } from '#client/engine/compile';
import type { CompileOptions, EngineName, HostValues, StepProgram } from '#client/engine/types';
import { DependencyError } from '#shared/errors';
import { clipBatch, clipConfigs, clipStep, clipWeights } from '../../../support/engine/clip.ts';
import { cnnBatch, cnnStep, cnnWeights, smallCnn } from '../../../support/engine/cnn.ts';
import { relativeL2, stateAfter, stateHash, withRunner } from '../../../support/engine/run.ts';
import { valuesOf } from '../../../support/engine/training.ts';

const config = clipConfigs.small;
const size = 4;
const inProcess = { engine: 'onnx', worker: false } as const;

/** total += x; the mean of x and the total so far are outputs; `fixed` stays. */
const counter: StepProgram = {
  state: { total: { shape: [2], dtype: 'float32' }, fixed: { shape: [2], dtype: 'int32' } },
  inputs: { x: { shape: [2], dtype: 'float32' }, on: { shape: [], dtype: 'bool' } },
  step: ({ total, fixed }, { x, on }) => {
    const next = tf.add(total!, tf.mul(x!, tf.cast(fixed!, 'float32')));
    const none = tf.zerosLike(next);
    return { state: { total: tf.where(on!, next, none), fixed: fixed! }, outputs: { mean: tf.mean(x!), total: next } };
  },
};
const init = { fixed: Int32Array.of(1, 10) };
/** Its states change places. */
const exchange: StepProgram = {
  state: { a: { shape: [2], dtype: 'float32' }, b: { shape: [2], dtype: 'float32' } },
  inputs: {},
  step: ({ a, b }) => ({ state: { a: b!, b: a! }, outputs: {} }),
};
const batchOf = (a: number, b: number, on = 1): HostValues => ({ x: Float32Array.of(a, b), on: Uint8Array.of(on) });

describe('a runner', () => {
  const engines: readonly (readonly [string, CompileOptions])[] = [
    ['the reference', { engine: 'reference' }],
    ['ONNX Runtime', inProcess],
    ['ONNX Runtime in a worker', { engine: 'onnx' }],
    ['ONNX Runtime, two steps at once', { ...inProcess, stepsPerRun: 2 }],
  ];
  for (const [what, options] of engines) {
    describe(`on ${what}`, () => {
      it('carries its state from step to step and keeps what does not change', () =>
        withRunner(counter, { ...options, init }, async (runner) => {
          assert.deepEqual(await runner.step(batchOf(1, 2)), {
            mean: Float32Array.of(1.5),
            total: Float32Array.of(1, 20),
          });
          const outputs = await runner.steps([batchOf(1, 1), batchOf(5, 5, 0), batchOf(3, 4)]);
          assert.deepEqual(outputs.map(({ total }) => [...total!]), [[2, 30], [7, 80], [3, 40]]); // prettier-ignore
          assert.deepEqual(await runner.readState(), { total: Float32Array.of(3, 40), fixed: Int32Array.of(1, 10) });
        }));

      it('goes on from the state that was written, and hands out copies', () =>
        withRunner(counter, { ...options, init }, async (runner) => {
          await runner.writeState({ total: Float32Array.of(100, 200) });
          const before = await runner.readState(['total']);
          await runner.step(batchOf(1, 1));
          assert.deepEqual(before, { total: Float32Array.of(100, 200) });
          assert.deepEqual(await runner.readState(['total']), { total: Float32Array.of(101, 210) });
        }));

      it('exchanges two states without losing one', () =>
        withRunner(
          exchange,
          { ...options, init: { a: Float32Array.of(1, 2), b: Float32Array.of(3, 4) } },
          async (runner) => {
            for (let step = 0; step < 3; step++) await runner.step({});
            assert.deepEqual(await runner.readState(), { a: Float32Array.of(3, 4), b: Float32Array.of(1, 2) });
          },
        ));

      it('may return one tensor as two states, and the state before the step', () => {
        const program: StepProgram = {
          ...exchange,
          inputs: { x: { shape: [2], dtype: 'float32' } },
          step: ({ a }, { x }) => {
            const next = tf.add(a!, x!);
            return { state: { a: next, b: next }, outputs: { before: a!, x: x! } };
          },
        };
        const x = Float32Array.of(1, 2);
        return withRunner(program, options, async (runner) => {
          await runner.step({ x });
          assert.deepEqual(await runner.step({ x }), { before: Float32Array.of(1, 2), x });
          await runner.writeState({ a: Float32Array.of(0, 0) });
          assert.deepEqual(await runner.readState(), { a: Float32Array.of(0, 0), b: Float32Array.of(2, 4) });
        });
      });

      it('runs calls one after the other', () =>
        withRunner(counter, { ...options, init }, async (runner) => {
          const calls = [runner.step(batchOf(1, 0)), runner.step(batchOf(1, 0)), runner.readState(['total'])] as const;
          assert.deepEqual((await calls[2])['total'], Float32Array.of(2, 0));
        }));

      it('leaves a batch as it was, also one whose values lie in the same memory', () =>
        withRunner(counter, { ...options, init }, async (runner) => {
          const memory = new ArrayBuffer(9);
          const batch = { x: new Float32Array(memory, 0, 2).fill(1), on: new Uint8Array(memory, 8, 1).fill(1) };
          await runner.steps([batch, batch]);
          const { total } = await runner.step(batch);
          assert.deepEqual(total, Float32Array.of(3, 30));
          assert.deepEqual(batch, batchOf(1, 1));
        }));

      it('leaves no tensor behind', async () => {
        const { numTensors } = tf.memory();
        await withRunner(counter, { ...options, init }, (runner) => runner.steps([batchOf(1, 2), batchOf(1, 2)]));
        assert.equal(tf.memory().numTensors, numTensors);
      });
    });
  }

  it('refuses a batch that does not fit, and goes on', () =>
    withRunner(counter, { ...inProcess, init }, async (runner) => {
      const { x, on } = batchOf(1, 2);
      await assert.rejects(runner.step({ x: x! }), { code: 'badArgument', message: /input 'on' is missing/ });
      await assert.rejects(runner.step({ x: Float32Array.of(1), on: on! }), {
        code: 'badArgument',
        message: /2 values/,
      });
      await assert.rejects(runner.step({ x: Int32Array.of(1, 2), on: on! }), {
        code: 'badArgument',
        message: /Int32Array/,
      });
      await assert.rejects(runner.step({ ...batchOf(1, 2), y: x! }), { code: 'badArgument', message: /input 'y'/ });
      await assert.rejects(runner.readState(['w']), { code: 'badArgument', message: /total, fixed/ });
      await assert.rejects(runner.writeState({ w: x! }), { code: 'badArgument' });
      assert.deepEqual((await runner.step(batchOf(1, 2)))['total'], Float32Array.of(1, 20));
    }));

  it('refuses initial values of no state', async () => {
    await assert.rejects(compile(counter, { ...inProcess, init: { w: Float32Array.of(1) } }), { code: 'badArgument' });
  });

  it('falls back from a provider that this machine lacks, with one line that says why', async () => {
    for (const engine of ['onnx-cuda', 'onnx-webgpu'] as const) {
      const lines: string[] = [];
      const notify = (line: string): void => void lines.push(line);
      await withRunner(counter, { engine, worker: false, init, notify }, async (runner) => {
        if (runner.engine === engine) return; // the machine has it
        assert.equal(runner.engine, 'onnx');
        assert.equal(lines.length, 1);
        assert.match(lines[0]!, new RegExp(`^engine onnx instead of ${engine}: .+`));
        await runner.step(batchOf(1, 2));
      });
    }
  });

  it('names the way to install TensorFlow when it is asked for and missing', async () => {
    try {
      await withRunner(counter, { engine: 'tensorflow-gpu' }, () => Promise.resolve());
    } catch (error) {
      assert.ok(error instanceof DependencyError);
      assert.match(error.message, /npm run install-tensorflow/);
    }
  });
});

describe('a compiled training step', function () {
  this.timeout(60_000); // compiles a dozen graphs, beside other tests

  const clip = { program: clipStep(config, size), weights: clipWeights(config) };
  const cnn = { program: cnnStep(smallCnn, 2), weights: cnnWeights(smallCnn) };
  const batches = [1, 2, 3, 4, 5];

  const trained = (
    { program, weights }: typeof clip,
    options: CompileOptions,
    batch: (t: number) => HostValues,
  ): Promise<HostValues> => stateAfter(program, { ...options, init: valuesOf(weights) }, batches.map(batch));

  for (const [name, model, batch] of [
    ['CLIP', clip, (t: number) => clipBatch(config, size, t)],
    ['a 3D CNN', cnn, (t: number) => cnnBatch(smallCnn, 2, t)],
  ] as const) {
    it(`ends within 2e-5 of the reference after five steps of ${name}`, async () => {
      const [compiled, expected] = [
        await trained(model, inProcess, batch),
        await trained(model, { engine: 'reference' }, batch),
      ];
      const distance = relativeL2(compiled, expected, Object.keys(model.weights));
      assert.ok(distance <= 2e-5, `relative L2 ${distance.toExponential(1)}`);
    });
  }

  it('gives the same bits on two threads, in a worker, and several steps at once', async () => {
    const batch = (t: number): HostValues => clipBatch(config, size, t);
    const expected = stateHash(await trained(clip, inProcess, batch));
    assert.equal(stateHash(await trained(clip, { ...inProcess, threads: 2 }, batch)), expected);
    assert.equal(stateHash(await trained(clip, { engine: 'onnx', threads: 2 }, batch)), expected);
    assert.equal(stateHash(await trained(clip, { ...inProcess, stepsPerRun: 2 }, batch)), expected);
    assert.equal(stateHash(await trained(clip, { ...inProcess, stepsPerRun: 5 }, batch)), expected);
  });

  it('has one fingerprint on every engine', async () => {
    const engines: readonly EngineName[] = ['onnx', 'reference'];
    const prints = engines.map((engine) =>
      withRunner(clip.program, { engine, worker: false }, (runner) => Promise.resolve(runner.fingerprint)),
    );
    assert.equal(new Set(await Promise.all(prints)).size, 1);
  });
});
