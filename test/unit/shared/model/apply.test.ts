import assert from 'node:assert/strict';
import { nodeCrypto } from '#shared/crypto/node';
import { applyAggregate, initialModel } from '#shared/model/apply';
import type { ServerOptimizer } from '#shared/model/apply';
import { modelHash } from '#shared/model/model-hash';
import { toHex } from '#shared/util/bytes';

const adaptive = { serverLearningRate: 0.1, beta1: 0.9, beta2: 0.99, tau: 0.001 };
const optimizers: readonly ServerOptimizer[] = [
  { name: 'fedAvg', serverLearningRate: 1 },
  { name: 'fedAvgM', serverLearningRate: 1, momentum: 0.9 },
  { name: 'fedAdagrad', ...adaptive },
  { name: 'fedAdam', ...adaptive },
  { name: 'fedYogi', ...adaptive },
];
const weights = Float32Array.of(1, -2, 0.5);
const delta = Float32Array.of(0.25, 0.125, -0.5);

describe('applying an aggregate', () => {
  it('adds the mean delta under fedAvg with rate 1', () => {
    const model = applyAggregate(optimizers[0]!, initialModel(optimizers[0]!, weights), delta);
    assert.deepEqual([...model.weights], [1.25, -1.875, 0]);
    assert.deepEqual([model.momentum.length, model.secondMoment.length], [0, 0]);
  });

  for (const optimizer of optimizers) {
    it(`gives the same bits again under ${optimizer.name}, and leaves the old model as it is`, () => {
      const before = initialModel(optimizer, weights);
      const hash = modelHash(nodeCrypto, before);
      const after = applyAggregate(optimizer, before, delta);
      assert.deepEqual(modelHash(nodeCrypto, before), hash);
      assert.deepEqual(applyAggregate(optimizer, before, delta), after);
      assert.equal(after.round, 1);
    });

    it(`moves weights towards the delta under ${optimizer.name}`, () => {
      const after = applyAggregate(optimizer, initialModel(optimizer, weights), delta);
      assert(after.weights.every((w, i) => Math.sign(w - weights[i]!) === Math.sign(delta[i]!)));
    });
  }

  it('leaves the second moment of fedYogi alone where it equals the squared delta', () => {
    const optimizer: ServerOptimizer = { name: 'fedYogi', ...adaptive, tau: 0.5 };
    const after = applyAggregate(optimizer, initialModel(optimizer, Float32Array.of(0)), Float32Array.of(0.5));
    assert.deepEqual([...after.secondMoment], [0.25]);
  });

  it('refuses an aggregate of another length', () => {
    const model = initialModel(optimizers[0]!, weights);
    assert.throws(() => applyAggregate(optimizers[0]!, model, delta.subarray(1)), { code: 'lengthMismatch' });
  });

  it('refuses an aggregate with NaN or infinity, and a step that leaves one', () => {
    const optimizer: ServerOptimizer = { name: 'fedAvg', serverLearningRate: 1e30 };
    const model = initialModel(optimizer, Float32Array.of(0));
    for (const bad of [Number.NaN, Infinity, 1e20]) {
      assert.throws(() => applyAggregate(optimizer, model, Float32Array.of(bad)), { code: 'notFinite' });
    }
  });
});

describe('hash of a model', () => {
  it('covers weights, moments and the round', () => {
    const model = applyAggregate(optimizers[3]!, initialModel(optimizers[3]!, weights), delta);
    const others = [
      model,
      { ...model, round: 2 },
      { ...model, weights: model.weights.with(2, 7) },
      { ...model, momentum: model.momentum.with(0, 7) },
      { ...model, secondMoment: model.secondMoment.with(0, 7) },
      { ...model, momentum: new Float32Array(0), secondMoment: new Float32Array(0) },
    ];
    assert.equal(new Set(others.map((other) => toHex(modelHash(nodeCrypto, other)))).size, others.length);
  });

  it('tells 0 from −0, for the next step may not', () => {
    const optimizer = optimizers[0]!;
    const zero = modelHash(nodeCrypto, initialModel(optimizer, Float32Array.of(0)));
    assert.notDeepEqual(modelHash(nodeCrypto, initialModel(optimizer, Float32Array.of(-0))), zero);
  });
});
