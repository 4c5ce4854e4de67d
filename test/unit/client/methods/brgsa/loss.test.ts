import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { fixReference } from '#client/engine/reference';
import { bankUsage, brgsa, brgsaScale, type BrgsaWeights, readBank, zeroShotScores } from '#client/methods/brgsa/loss';
import { unit } from '#client/methods/contrastive';
import { gaussian } from '../../../../support/engine/training.ts';
import { gradientError } from '../../../../support/suites/finite-differences.ts';
import { drawn, lossOutputs, type LossCase } from '../../../../support/suites/loss-program.ts';
import { engineDifference } from '../../../../support/suites/same-on-engines.ts';

const [N, K, D] = [3, 4, 3];

function caseOf(weights?: BrgsaWeights, by: readonly string[] = ['image', 'text', 'bank']): LossCase {
  const draw = gaussian(11);
  return {
    inputs: { image: drawn([N, D], draw), text: drawn([N, D], draw), bank: drawn([K, D], draw) },
    parts: ({ image, text, bank }) => ({
      ...brgsa(image as tf.Tensor2D, text as tf.Tensor2D, bank as tf.Tensor2D, tf.scalar(brgsaScale), weights), // as declared above
    }),
    by,
  };
}

const normal = (rows: number, seed: number, columns = D): tf.Tensor2D =>
  tf.tensor2d(drawn([rows, columns], gaussian(seed)).values, [rows, columns]);
const largest = (a: tf.Tensor, b: tf.Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;

describe('brgsa', () => {
  before(async () => {
    await tf.setBackend(fixReference());
  });

  it('permuting rows of D leaves outputs unchanged', () => {
    const [x, bank] = [normal(5, 1), normal(K, 2)];
    const permuted = tf.gather(bank, tf.tensor1d([2, 0, 3, 1], 'int32'));
    assert(largest(readBank(x, bank).read, readBank(x, permuted).read) < 1e-6);
  });

  it('one bank for both modalities: perturbing D moves both reconstructions', async () => {
    for (const side of ['image', 'text']) {
      const given = caseOf();
      const parts: LossCase['parts'] = (inputs) => ({
        loss: tf.sum(tf.square(readBank(inputs[side] as tf.Tensor2D, inputs['bank'] as tf.Tensor2D).read)).asScalar(), // as declared
      });
      const outputs = await lossOutputs({ ...given, parts, by: ['bank'] }, 'reference');
      assert(outputs['gradient.bank']!.some((value) => Math.abs(value) > 1e-3));
    }
  });

  it('each output is a convex combination of rows: coefficients at least 0, of sum 1', () => {
    const [x, bank] = [normal(5, 1), normal(K, 2)];
    const { weights, read } = readBank(x, bank);
    assert(tf.min(weights).dataSync()[0]! >= 0);
    assert(largest(tf.sum(weights, 1), tf.ones([5])) < 1e-6);
    assert(largest(read, tf.matMul(weights, bank)) < 1e-6);
    assert(largest(bankUsage(x, bank), tf.sum(weights, 0)) < 1e-6);
    const first = bankUsage(x, bank, tf.tensor1d([1, 0, 0, 0, 0]));
    assert(largest(first, weights.slice([0, 0], [1, K]).reshape([K])) < 1e-6);
  });

  it('no √d scaling: with D the identity, bank(x) = softmax(x)', () => {
    const x = normal(5, 1);
    assert(largest(readBank(x, tf.eye(D)).read, tf.softmax(x)) < 1e-6);
  });

  it('MSE on raw vectors, InfoNCE on unit vectors', () => {
    const [v, t, bank] = [normal(N, 1), normal(N, 2), normal(K, 3)];
    const scale = tf.scalar(brgsaScale);
    const plain = brgsa(v, t, bank, scale);
    for (const longer of [brgsa(tf.mul(v, 3), t, bank, scale), brgsa(v, tf.mul(t, 3), bank, scale)]) {
      assert(largest(plain.info, longer.info) < 1e-5);
      assert(largest(plain.mse, longer.mse) > 1);
    }
  });

  it('the gradient of the MSE reaches both D and the encoder', async () => {
    const outputs = await lossOutputs(caseOf({ mse: 1, info: 0, infoR: 0 }), 'reference');
    for (const name of ['image', 'text', 'bank']) {
      assert(
        outputs[`gradient.${name}`]!.some((value) => Math.abs(value) > 1e-3),
        name,
      );
    }
  });

  it('the score uses v and v̂: removing v̂ changes it', () => {
    const [v, prompts, bank] = [normal(N, 1), normal(5, 2), normal(K, 3)];
    const score = zeroShotScores(v, prompts, bank);
    const own = tf.matMul(unit(v), unit(prompts), false, true);
    const read = tf.matMul(unit(readBank(v, bank).read), unit(prompts), false, true);
    assert(largest(score, own) > 0.01 && largest(score, read) > 0.01);
    assert(largest(score, tf.mul(tf.add(own, read), 0.5)) < 1e-6);
  });

  it('class prompt text decides the class set: an unseen 16th class needs no training', () => {
    const [v, prompts, bank] = [normal(N, 1), normal(16, 2), normal(K, 3)];
    const fifteen = zeroShotScores(v, prompts.slice([0, 0], [15, D]), bank);
    const sixteen = zeroShotScores(v, prompts, bank);
    assert.deepEqual(sixteen.shape, [N, 16]);
    assert(largest(sixteen.slice([0, 0], [N, 15]), fifteen) < 1e-6);
  });

  it('the weights are 0.5, 1 and 1 by finite difference of the total in each', () => {
    const [v, t, bank] = [normal(N, 1), normal(N, 2), normal(K, 3)];
    const total = (weights?: BrgsaWeights): number =>
      brgsa(v, t, bank, tf.scalar(brgsaScale), weights).total.dataSync()[0]!;
    const published: BrgsaWeights = { mse: 0.5, info: 1, infoR: 1 };
    const { mse, info, infoR } = brgsa(v, t, bank, tf.scalar(brgsaScale));
    const terms = { mse, info, infoR };
    for (const name of ['mse', 'info', 'infoR'] as const) {
      const without = total({ ...published, [name]: 0 });
      const share = (total() - without) / terms[name].dataSync()[0]!;
      assert(Math.abs(share - published[name]) < 1e-4, `${name}: ${share}`);
    }
  });

  it('gives a batch with empty places the loss of the pairs in it', () => {
    const [v, t, bank] = [normal(4, 1), normal(4, 2), normal(K, 3)];
    const cut = (x: tf.Tensor2D): tf.Tensor2D => x.slice([0, 0], [3, D]);
    const full = brgsa(cut(v), cut(t), bank, tf.scalar(brgsaScale));
    const padded = brgsa(v, t, bank, tf.scalar(brgsaScale), undefined, tf.tensor1d([1, 1, 1, 0]));
    assert(largest(full.total, padded.total) < 1e-4);
  });

  it('has the gradients of its values, and compiles to both', async () => {
    assert((await gradientError(caseOf())) < 2e-3);
    assert((await engineDifference(caseOf())) < 1e-5);
  });
});
