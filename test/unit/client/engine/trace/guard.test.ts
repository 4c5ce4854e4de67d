import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { compile, fingerprintOf } from '#client/engine/compile';
import { trace } from '#client/engine/trace/record';
import type { StepProgram } from '#client/engine/types';
import { UsageError } from '#shared/errors';
import type { ErrorCode } from '#shared/errors';

function programOf(step: (x: tf.Tensor) => tf.Tensor): StepProgram {
  return {
    state: {},
    inputs: { x: { shape: [2], dtype: 'float32' } },
    step: (_state, { x }) => ({ state: {}, outputs: { y: step(x!) } }),
  };
}

async function refusal(step: (x: tf.Tensor) => tf.Tensor): Promise<UsageError> {
  try {
    await trace(programOf(step));
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  return assert.fail('the program was accepted');
}

describe('a trace', () => {
  before(() => tf.setBackend('cpu'));
  afterEach('leaves the backend and no tensor', () => {
    assert.equal(tf.getBackend(), 'cpu');
  });

  const refused: readonly (readonly [string, ErrorCode, RegExp, (x: tf.Tensor) => tf.Tensor])[] = [
    ['a host read', 'hostRead', /tf\.where/, (x) => tf.mul(x, tf.sum(x).dataSync()[0]!)],
    ['a branch on a value', 'hostRead', /cannot depend on/, (x) => (x.arraySync() === 0 ? x : tf.neg(x))],
    ['a read that nobody awaits', 'hostRead', /data/, (x) => (void x.data(), x)],
    ['an operation that reads without waiting', 'hostRead', /data/, (x) => (void tf.whereAsync(tf.greater(x, 0)), x)],
    ['a swallowed read', 'hostRead', /data/, (x) => swallowed(x)],
    ['a tensor from outside', 'outsideValue', /declare it as a state or an input/, (x) => tf.add(x, outside)],
    ['a returned tensor from outside', 'outsideValue', /made outside/, () => outside],
    ['dropout', 'randomInStep', /tf\.dropout/, (x) => tf.dropout(x, 0.5)],
    ['seeded dropout', 'randomInStep', /tf\.dropout/, (x) => tf.dropout(x, 0.5, undefined, 7)],
    ['a random tensor', 'randomInStep', /tf\.randomNormal/, (x) => tf.add(x, tf.randomNormal([2]))],
    [
      'a seeded random tensor',
      'randomInStep',
      /tf\.randomNormal/,
      (x) => tf.add(x, tf.randomNormal([2], 0, 1, 'float32', 7)),
    ],
    [
      'seeded uniform numbers',
      'randomInStep',
      /randomUniform/,
      (x) => tf.add(x, tf.randomUniform([2], 0, 1, 'float32', 7)),
    ],
    [
      'seeded truncated numbers',
      'randomInStep',
      /truncated/,
      (x) => tf.add(x, tf.truncatedNormal([2], 0, 1, 'float32', 7)),
    ],
    ['Math.random', 'randomInStep', /Math\.random/, (x) => tf.mul(x, Math.random())],
    ['a counter', 'randomInStep', /two traces/, (x) => tf.mul(x, ++counter)],
    ['a variable', 'variableInStep', /declare it in the state/, (x) => tf.add(x, tf.variable(tf.zeros([2])))],
    ['a kernel without a row', 'unknownKernel', /Atan2.*MatMul/, (x) => tf.atan2(x, x)],
  ];
  let counter = 0;
  let outside: tf.Tensor;
  before(() => (outside = tf.ones([2])));

  for (const [what, code, sentence, step] of refused) {
    it(`refuses ${what}`, async () => {
      const error = await refusal(step);
      assert.equal(error.code, code);
      assert.match(error.message, sentence);
    });
  }

  it('refuses a step that is async', async () => {
    const step = (): Promise<unknown> => Promise.resolve({ state: {}, outputs: {} });
    const program = { state: {}, inputs: {}, step } as unknown as StepProgram;
    await assert.rejects(trace(program), { code: 'hostRead', message: /async function/ });
  });

  it('refuses a step that leaves a state out, or changes its shape', async () => {
    const state = { w: { shape: [2], dtype: 'float32' as const } };
    const none: StepProgram = { state, inputs: {}, step: () => ({ state: {}, outputs: {} }) };
    await assert.rejects(trace(none), { code: 'badArgument', message: /state 'w'/ });
    const other: StepProgram = { state, inputs: {}, step: ({ w }) => ({ state: { w: tf.sum(w!) }, outputs: {} }) };
    await assert.rejects(trace(other), { code: 'badArgument', message: /float32 \[\], declared float32 \[2\]/ });
  });

  it('lets a program read a constant that it made', async () => {
    const { recording } = await trace(programOf((x) => tf.mul(x, tf.tensor1d([3, 4]).dataSync()[1]!)));
    assert.equal(recording.calls.length, 1);
  });

  it('gives Math.random and the operations of TensorFlow.js back', async () => {
    await refusal((x) => tf.mul(x, Math.random()));
    assert.equal(typeof Math.random(), 'number');
    assert.equal(tf.randomNormal([3]).dataSync().length, 3);
    tf.variable(tf.zeros([1])).dispose();
  });

  it('holds no tensor when it is done', async () => {
    const { numTensors } = tf.memory();
    await trace(programOf((x) => tf.add(tf.square(x), tf.ones([2]))));
    await refusal((x) => tf.atan2(x, x));
    assert.equal(tf.memory().numTensors, numTensors);
  });
});

describe('a compiled step', () => {
  it('says at the next write or at the end that a host value has changed', async () => {
    let learningRate = 0.1;
    const runner = await compile({
      ...programOf((x) => tf.mul(x, learningRate)),
      state: { w: { shape: [], dtype: 'float32' } },
      step: ({ w }, { x }) => ({ state: { w: w! }, outputs: { y: tf.mul(x!, learningRate) } }),
    }, { engine: 'onnx', worker: false }); // prettier-ignore
    await runner.writeState({ w: Float32Array.of(1) });
    learningRate = 0.05;
    await assert.rejects(runner.writeState({ w: Float32Array.of(2) }), { code: 'outsideValue', message: /input/ });
    assert.deepEqual(await runner.readState(), { w: Float32Array.of(1) });
    await assert.rejects(runner.dispose(), { code: 'outsideValue' });
    await assert.rejects(runner.step({ x: Float32Array.of(1, 2) }), { code: 'wrongPhase' });
  });

  it('says after 64 steps, and after twice as many, that a host value has changed', async () => {
    let learningRate = 0.1;
    const program = programOf((x) => tf.mul(x, learningRate));
    const runner = await compile(program, { engine: 'onnx', worker: false });
    const steps = (count: number): Promise<unknown> =>
      runner.steps(Array.from({ length: count }, () => ({ x: Float32Array.of(1, 2) })));
    await steps(64);
    learningRate = 0.05;
    await steps(63);
    await assert.rejects(steps(1), { code: 'outsideValue', message: /has changed/ });
    learningRate = 0.1;
    await runner.dispose();
  });
});

describe('a fingerprint', () => {
  it('is the same for the same program and another for another operation, constant, wiring or shape', async () => {
    const base = await fingerprintOf(programOf((x) => tf.sub(tf.mul(x, 2), x)));
    assert.match(base, /^[0-9a-f]{64}$/);
    assert.equal(await fingerprintOf(programOf((x) => tf.sub(tf.mul(x, 2), x))), base);
    const others = [
      programOf((x) => tf.sub(tf.mul(x, 3), x)),
      programOf((x) => tf.add(tf.mul(x, 2), x)),
      programOf((x) => tf.sub(x, tf.mul(x, 2))),
      { ...programOf((x) => tf.sub(tf.mul(x, 2), x)), inputs: { x: { shape: [3], dtype: 'float32' as const } } },
    ];
    for (const other of others) assert.notEqual(await fingerprintOf(other), base);
  });

  it('tells programs apart by attributes that JSON cannot write', async () => {
    const clip = (high: number): StepProgram => programOf((x) => tf.clipByValue(x, -1, high));
    assert.notEqual(await fingerprintOf(clip(Infinity)), await fingerprintOf(clip(1e30)));
  });
});

function swallowed(x: tf.Tensor): tf.Tensor {
  try {
    return tf.mul(x, x.dataSync()[0]!);
  } catch {
    return x;
  }
}
