import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { parseMethodConfig } from '#client/methods/config';
import { adamValues, adamW, clippedByNorm, type Moments } from '#client/train/adamw';

const { training } = parseMethodConfig({ training: { beta1: 0.9, beta2: 0.98, weightDecay: 0.1 } });
const rate = 0.01;

/** Steps of the algorithm in plain numbers, the gradient being that of ½ x². */
function byHand(x: number, steps: number, decay: number, eps = 1e-8): number {
  let [m, v] = [0, 0];
  for (let t = 1; t <= steps; t++) {
    m = 0.9 * m + 0.1 * x;
    v = 0.98 * v + 0.02 * x * x;
    x -= rate * (m / (1 - 0.9 ** t) / (Math.sqrt(v / (1 - 0.98 ** t)) + eps) + decay * x);
  }
  return x;
}

function byTensors(shape: number[], steps: number, config = training): number {
  const zeros = tf.zeros(shape);
  let state: Moments = { weight: tf.fill(shape, 2), m: zeros, v: zeros };
  for (let t = 1; t <= steps; t++) {
    const values = adamValues(t, rate, config);
    const scalar = (name: string): tf.Tensor => tf.scalar(values[name]![0]!);
    const scalars = {
      learningRate: scalar('learningRate'),
      mCorrection: scalar('mCorrection'),
      vCorrection: scalar('vCorrection'),
    };
    state = adamW(state, state.weight, scalars, config);
  }
  return state.weight.dataSync()[0]!;
}

describe('adamw', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  it('moves a matrix as the algorithm says, decay included', () => {
    assert(Math.abs(byTensors([1, 1], 5) - byHand(2, 5, 0.1)) < 1e-5);
  });

  it('does not decay vectors and scalars', () => {
    assert(Math.abs(byTensors([1], 5) - byHand(2, 5, 0)) < 1e-5);
    assert(Math.abs(byHand(2, 5, 0) - byHand(2, 5, 0.1)) > 1e-3);
  });

  it("adds the plan's epsilon to the root", () => {
    const config = { ...training, adamEps: 0.5 };
    assert(Math.abs(byTensors([1], 5, config) - byHand(2, 5, 0, 0.5)) < 1e-5);
    assert(Math.abs(byHand(2, 5, 0, 0.5) - byHand(2, 5, 0)) > 1e-3);
    assert.throws(() => parseMethodConfig({ training: { adamEps: 0 } }), { code: 'badPlan', message: /adamEps/ });
  });

  it('scales gradients to their common norm only when it is too large', () => {
    const gradients = [tf.tensor1d([3]), tf.tensor2d([[4]])];
    const norms = (greatest: number): number[] => clippedByNorm(gradients, greatest).map((g) => g.dataSync()[0]!);
    assert.deepEqual(norms(10), [3, 4]);
    const [a, b] = norms(1);
    assert(Math.abs(a! - 0.6) < 1e-6 && Math.abs(b! - 0.8) < 1e-6);
  });
});
