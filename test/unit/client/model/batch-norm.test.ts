import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { phantomPairs } from '#client/data/phantom/phantoms';
import { radiographPhantom } from '#client/data/phantom/radiograph/generate';
import { compile } from '#client/engine/compile';
import type { StepProgram, Tensors } from '#client/engine/types';
import { clip } from '#client/methods/clip/clip';
import { batchNorm, batchNormParameters } from '#client/model/batch-norm';
import { keptAs } from '#client/model/parameters';
import { openSession } from '#client/train/session';
import { outputsOf } from '../../../support/model/encoder.ts';

/** 2 sin(k), 2 sin(2k), ... to three digits: what the script that asked PyTorch had. */
const waves = (count: number, k: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.round(2000 * Math.sin(k * (i + 1))) / 1000);
const x = waves(24, 1); // 3 examples of 2 x 2 places and 2 channels, channels last
const by = waves(24, 0.7);
const shape = [3, 2, 2, 2];

/** torch.nn.BatchNorm2d(2) of PyTorch 2 in float64, gain 1.5 and 0.5, bias 0.25 and -1. */
const torch = {
  y: [1.946405, -0.3578346, 0.4847424, -1.50629, -1.810517, -1.177224, 1.561428, -0.3027032, 1.050211, -1.359502, -1.896067, -1.354334, 1.066904, -0.3020141, 1.547865, -1.183082, -1.815733, -1.502155, 0.5035218, -0.3554226, 1.935972, -0.9908114, -1.574731, -1.608627], // prettier-ignore
  /** Of the sum of y times `by`. */
  dx: [0.9748698, 0.5477054, 1.57994, 0.2910498, -0.7206216, -0.5953078, -2.379976, -0.5758364, -0.24262, 0.4884606, 2.082004, 0.6237037, 0.3858416, -0.3933288, -2.163682, -0.6684131, -1.277215, 0.08258358, 1.17428, 0.5507486, 1.396377, 0.1829846, -0.8091974, -0.5343502], // prettier-ignore
  gain: [1.748178, 2.905527],
  bias: [2.266, 0.846],
  mean: [0.0057, -0.004466667],
  variance: [1.125502, 1.129704],
  /** After 2 x + 1, too. */
  nextMean: [0.11653, 0.08704667],
  nextVariance: [1.914961, 1.935551],
  /** Of x, then. */
  inference: [1.947979, -0.3775525, 0.4293616, -1.575401, -1.955333, -1.232183, 1.548, -0.32005, 1.016864, -1.422301, -2.044218, -1.41691, 1.034207, -0.3193312, 1.533909, -1.238293, -1.960753, -1.571088, 0.4488727, -0.3750367, 1.937139, -1.037753, -1.71036, -1.68214], // prettier-ignore
  /** Of the first two examples alone, gain 1 and bias 0. */
  two: [1.026439, 1.189341, -0.006450957, -1.145385, -1.628406, -0.4764193, 0.7543933, 1.301419, 0.3931397, -0.8469773, -1.688861, -0.83647, 0.4049358, 1.30282, 0.7448091, -0.4883276], // prettier-ignore
  meanOfTwo: [0.029075, 0.0121125],
  varianceOfTwo: [1.11026, 1.13291],
};

const parameters = batchNormParameters('norm', 2);
const spec = { shape: [2], dtype: 'float32' } as const;
const state = Object.fromEntries(parameters.map(({ name }) => [name, spec]));
const fresh = { 'norm.gain': Float32Array.of(1.5, 0.5), 'norm.bias': Float32Array.of(0.25, -1), 'norm.mean': Float32Array.of(0, 0), 'norm.variance': Float32Array.of(1, 1) }; // prettier-ignore

/** One layer in training: its output, the gradients of `by`, and the running statistics as state. */
const training: StepProgram = {
  state,
  inputs: {
    x: { shape, dtype: 'float32' },
    by: { shape, dtype: 'float32' },
    present: { shape: [3], dtype: 'float32' },
  },
  step(weights: Tensors, { x: given, by: factors, present }: Tensors) {
    const kept: Record<string, tf.Tensor> = {};
    const pass = { keep: (name: string, value: tf.Tensor) => void (kept[name] = value), present_B: present! };
    const loss = (values: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor): tf.Tensor =>
      tf.sum(tf.mul(batchNorm({ ...weights, 'norm.gain': gain, 'norm.bias': bias }, 'norm', values, pass), factors!));
    const [dx, gain, bias] = tf.grads(loss)([given!, weights['norm.gain']!, weights['norm.bias']!]);
    const y = batchNorm(weights, 'norm', given!, pass);
    return { state: { ...weights, ...kept }, outputs: { y, dx: dx!, gain: gain!, bias: bias! } };
  },
};
const inference: StepProgram = {
  state,
  inputs: { x: { shape, dtype: 'float32' } },
  step: (weights, { x: given }) => ({ state: weights, outputs: { y: batchNorm(weights, 'norm', given!) } }),
};

function close(actual: ArrayLike<number> | undefined, expected: readonly number[]): void {
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - actual![i]!)));
  assert(worst < 2e-5, `largest difference ${worst.toExponential(1)}`);
}

describe('batch normalisation', () => {
  for (const engine of ['reference', 'onnx'] as const) {
    it(`is PyTorch's in training and at inference, on ${engine}`, async () => {
      const runner = await compile(training, { engine, init: fresh, worker: false });
      const present = Float32Array.of(1, 1, 1);
      const first = await runner.step({ x, by, present });
      for (const name of ['y', 'dx', 'gain', 'bias'] as const) close(first[name], torch[name]);
      const once = await runner.readState();
      close(once['norm.mean'], torch.mean);
      close(once['norm.variance'], torch.variance);
      await runner.step({ x: x.map((value) => 2 * value + 1), by, present });
      const twice = await runner.readState();
      close(twice['norm.mean'], torch.nextMean);
      close(twice['norm.variance'], torch.nextVariance);
      await runner.dispose();
      const { y } = await outputsOf(inference, twice, { x }, engine);
      close(y, torch.inference);
    });
  }

  it('takes no statistics from the empty places of a batch', async () => {
    const plain = { ...fresh, 'norm.gain': Float32Array.of(1, 1), 'norm.bias': Float32Array.of(0, 0) };
    const runner = await compile(training, { engine: 'onnx', init: plain, worker: false });
    const { y } = await runner.step({ x, by, present: Float32Array.of(1, 1, 0) });
    close(y, torch.two);
    const after = await runner.readState();
    close(after['norm.mean'], torch.meanOfTwo);
    close(after['norm.variance'], torch.varianceOfTwo);
    await runner.dispose();
  });
});

describe('a residual network with batch normalisation', () => {
  const config = {
    image: { encoder: 'resnet', resnet: { norm: 'batch', blocks: [1], width: 4, strides: 4 } },
    text: { dim: 8, heads: 2 },
    embedding: 8,
    training: { localSteps: 2, batchSize: 4, warmupSteps: 1 },
  };
  const { parameters: all } = clip(config);

  it('keeps all of its normalisations at the site, and the optimiser off the statistics', () => {
    const local = keptAs(all, 'local');
    assert.equal(local.length, 4 * 3); // stem and two convolutions of one block
    assert(local.every(({ name }) => name.includes('.norm.')));
    const untrained = all.filter(({ trained }) => trained === false).map(({ name }) => name.split('.').at(-1));
    assert.deepEqual([...new Set(untrained)], ['mean', 'variance']);
  });

  for (const engine of ['reference', 'onnx'] as const) {
    it(`moves its statistics in training and looks with them, on ${engine}`, async () => {
      const pairs = phantomPairs(radiographPhantom, { seed: 1, site: 'north', trainPairs: 6, testPairs: 4 });
      const session = await openSession({ method: 'clip', config, rounds: 1, data: { pairs }, engine, seed: 1 });
      const { weights, local, lossNats } = await session.trainAlone(() => undefined);
      assert(Number.isFinite(lossNats));
      const names = keptAs(all, 'local').flatMap(({ name, shape: [channels] }) => Array.from({ length: channels! }, () => name)); // prettier-ignore
      const changed = (part: string): boolean =>
        names.every((name, i) => !name.endsWith(part) || (local[i] !== 0 && local[i] !== 1));
      assert(changed('.mean') && changed('.variance'));
      const own = await session.evaluate({ weights, local }, 'test');
      assert.notDeepEqual(own, await session.evaluate({ weights, local: local.map((value) => value + 1) }, 'test'));
      await session.dispose();
    }).timeout(30_000);
  }
});
