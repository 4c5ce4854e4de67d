import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { fixReference } from '#client/engine/reference';
import { cosineDistance, healthyAnomaly, ntXent, preference, semise, severity } from '#client/methods/semise/loss';
import { gaussian } from '../../../../support/engine/training.ts';
import { gradientError } from '../../../../support/suites/finite-differences.ts';
import { drawn, lossOutputs, type LossCase } from '../../../../support/suites/loss-program.ts';
import { engineDifference } from '../../../../support/suites/same-on-engines.ts';

const [N, D] = [3, 3];
const number = (x: tf.Tensor): number => x.dataSync()[0]!;
const normal = (rows: number, seed: number): tf.Tensor2D =>
  tf.tensor2d(drawn([rows, D], gaussian(seed)).values, [rows, D]);
const reference = tf.tensor1d([1, 0.5, -0.2]);

/** All three terms at once. */
function caseOf(): LossCase {
  const draw = gaussian(17);
  return {
    inputs: {
      views: drawn([2 * N, D], draw),
      a: drawn([N, D], draw),
      b: drawn([N, D], draw),
      reference: drawn([D], draw),
      severityA: { shape: [N], values: Float32Array.of(3, 1, 2) },
      severityB: { shape: [N], values: Float32Array.of(1, 1, 4) },
      same: { shape: [N], values: Float32Array.of(1, 0, 1) },
    },
    parts: (given) => {
      const as = <R extends tf.Rank>(name: string): tf.Tensor<R> => given[name] as tf.Tensor<R>; // as declared above
      const contrast = ntXent(as('views'));
      const order = preference(as('reference'), as('a'), as('b'), as('severityA'), as('severityB'), 4);
      const kinds = healthyAnomaly(as('a'), as('b'), as('same'));
      return { contrast, kinds, ...order, total: tf.add(semise(contrast, order.loss), kinds) };
    },
    by: ['views', 'a', 'b', 'reference'],
  };
}

describe('semise', () => {
  before(async () => {
    await tf.setBackend(fixReference());
  });

  it('swapping (a, b, y) to (b, a, 1 - y) leaves L_PrO unchanged', () => {
    const [a, b] = [normal(N, 1), normal(N, 2)];
    const [graver, milder] = [tf.tensor1d([3, 1, 2]), tf.tensor1d([1, 2, 0])];
    const there = number(preference(reference, a, b, graver, milder).loss);
    assert(Math.abs(number(preference(reference, b, a, milder, graver).loss) - there) < 1e-6);
    assert(Math.abs(number(preference(reference, a, b, milder, graver).loss) - there) > 1e-3);
  });

  it('equal distances give log 2', () => {
    const a = normal(N, 1);
    const { loss } = preference(reference, a, a, tf.tensor1d([1, 2, 3]), tf.tensor1d([0, 0, 0]));
    assert(Math.abs(number(loss) - Math.log(2)) < 1e-6);
  });

  it('a batch with ties skips them, and a batch of ties alone has no loss and no gradient', async () => {
    const [a, b] = [normal(N, 1), normal(N, 2)];
    const two = preference(reference, a, b, tf.tensor1d([3, 1, 2]), tf.tensor1d([1, 1, 4]));
    const rows = (x: tf.Tensor2D): tf.Tensor2D => tf.gather(x, tf.tensor1d([0, 2], 'int32'));
    const alone = preference(reference, rows(a), rows(b), tf.tensor1d([3, 2]), tf.tensor1d([1, 4]));
    assert.equal(number(two.comparisons), 2);
    assert(Math.abs(number(two.loss) - number(alone.loss)) < 1e-6);
    const ties: LossCase = {
      inputs: { a: drawn([N, D], gaussian(1)) },
      parts: (given) => ({
        loss: preference(tf.tensor1d([1, 0, 0]), given['a'] as tf.Tensor2D, tf.ones([N, D]), tf.ones([N]), tf.ones([N]))
          .loss, // as declared
      }),
      by: ['a'],
    };
    const outputs = await lossOutputs(ties, 'reference');
    assert.equal(outputs['loss']![0], 0);
    assert(outputs['gradient.a']!.every((value) => value === 0));
  });

  it('α = 1 gives pure NT-Xent, α = 0 pure PrO', () => {
    const [contrast, order] = [tf.scalar(2), tf.scalar(0.5)];
    assert.equal(number(semise(contrast, order, 1)), 2);
    assert.equal(number(semise(contrast, order, 0)), 0.5);
    assert.equal(number(semise(contrast, order)), 1.25);
  });

  it('unlabelled images change only NT-Xent', () => {
    // an image without a grade is in the views and in no comparison: a place with equal severities
    const [a, b, other] = [normal(N, 1), normal(N, 2), normal(N, 3)];
    const unlabelled = tf.tensor2d([0, 1, 0], [N, 1]);
    const swapped = tf.add<tf.Tensor2D>(tf.mul(a, tf.sub(1, unlabelled)), tf.mul(other, unlabelled));
    const order = (x: tf.Tensor2D): number =>
      number(preference(reference, x, b, tf.tensor1d([3, 0, 2]), tf.tensor1d([1, 0, 4])).loss);
    assert.equal(order(swapped), order(a));
    const contrast = (x: tf.Tensor2D): number => number(ntXent(tf.concat([x, b])));
    assert(Math.abs(contrast(swapped) - contrast(a)) > 1e-3);
  });

  it('positives are the two views of one image: identical views lower the loss, self-similarity is masked', () => {
    const [first, second] = [normal(N, 1), normal(N, 2)];
    const identical = number(ntXent(tf.concat([first, first])));
    assert(identical < number(ntXent(tf.concat([first, second]))));
    assert(identical < number(ntXent(tf.concat([first, tf.reverse(first, 0)]))));
    // two orthogonal images, τ = 1: each view has its partner at 1 and two others at 0
    const z = tf.tensor2d([1, 0, 0, 1, 1, 0, 0, 1], [4, 2]);
    assert(Math.abs(number(ntXent(z, 1)) - Math.log(Math.E + 2) + 1) < 1e-6);
  });

  it('gives a batch with empty places the loss of the images in it', () => {
    const [first, second] = [normal(3, 1), normal(3, 2)];
    const cut = (x: tf.Tensor2D): tf.Tensor2D => x.slice([0, 0], [2, D]);
    const present = tf.tensor1d([1, 1, 0]);
    const padded = number(ntXent(tf.concat([first, second]), 0.5, present));
    assert(Math.abs(padded - number(ntXent(tf.concat([cut(first), cut(second)])))) < 1e-5);
    const kinds = number(healthyAnomaly(first, second, tf.tensor1d([1, 0, 1]), 1, present));
    assert(Math.abs(kinds - number(healthyAnomaly(cut(first), cut(second), tf.tensor1d([1, 0])))) < 1e-6);
  });

  it('draws the same kind together and others apart up to the margin', () => {
    const [up, right] = [tf.tensor2d([[0, 1]]), tf.tensor2d([[1, 0]])];
    assert.equal(number(healthyAnomaly(up, right, tf.tensor1d([1]))), 0.5);
    assert.equal(number(healthyAnomaly(up, right, tf.tensor1d([0]))), 0);
    assert.equal(number(healthyAnomaly(up, up, tf.tensor1d([0]))), 0.5);
  });

  it('measures severity as the mean distance to the references', () => {
    const [x, healthy] = [normal(2, 1), normal(3, 2)];
    const each = [0, 1, 2].map((m) => cosineDistance(x, healthy.slice([m, 0], [1, D])));
    const mean = tf.div(tf.addN(each), 3);
    assert(number(tf.max(tf.abs(tf.sub(severity(x, healthy), mean)))) < 1e-6);
  });

  it('has the gradients of its values, and compiles to both', async () => {
    assert((await gradientError(caseOf())) < 2e-3);
    assert((await engineDifference(caseOf())) < 1e-5);
  }).timeout(10_000);
});
