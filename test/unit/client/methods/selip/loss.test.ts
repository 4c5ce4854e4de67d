import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { fixReference } from '#client/engine/reference';
import { infoNce } from '#client/methods/contrastive';
import {
  type Divergence,
  selip,
  selipFromLogits,
  selipScale,
  softTargetDivergence,
  targets,
} from '#client/methods/selip/loss';
import { gaussian } from '../../../../support/engine/training.ts';
import { gradientError } from '../../../../support/suites/finite-differences.ts';
import { drawn, lossOutputs, type LossCase } from '../../../../support/suites/loss-program.ts';
import { engineDifference } from '../../../../support/suites/same-on-engines.ts';

const N = 4;
const similarity = Float32Array.of(1, 0.5, 0, 0.2, 0.5, 1, 0.25, 0, 0, 0.25, 1, 0, 0.2, 0, 0, 1);

function caseOf(by: readonly string[] = ['image', 'text']): LossCase {
  const draw = gaussian(3);
  return {
    inputs: {
      image: drawn([N, 3], draw),
      text: drawn([N, 3], draw),
      similarity: { shape: [N, N], values: similarity },
    },
    parts: ({ image, text, similarity: S }) => ({
      ...selip(image as tf.Tensor2D, text as tf.Tensor2D, S as tf.Tensor2D, tf.scalar(selipScale)), // as declared above
    }),
    by,
  };
}

/** The row term of logits alone. */
function divergenceCase(logits: Float32Array, S: Float32Array): LossCase {
  return {
    inputs: { logits: { shape: [3, 3], values: logits }, similarity: { shape: [3, 3], values: S } },
    parts: ({ logits: L, similarity: S_NN }) => ({
      loss: softTargetDivergence(S_NN as tf.Tensor2D, L as tf.Tensor2D, tf.ones([3])), // likewise
    }),
    by: ['logits', 'similarity'],
  };
}

const logits5 = Float32Array.from({ length: 25 }, (_, i) => 2 * Math.sin(3 * i));
/** Rows of different sums, the third like no other; the last place of the batch is empty. */
const similarity5 = Float32Array.of(
  ...[1, 0.5, 0, 0.2, 1],
  ...[0.5, 1, 0, 0.7, 1],
  ...[0, 0, 1, 0, 1],
  ...[0.2, 0.7, 0, 1, 1],
  ...[1, 1, 1, 1, 1],
);

/** The divergence of the first four of five rows, in double precision, pair by pair. */
function divergenceByHand(L: ArrayLike<number>, S: ArrayLike<number>, options: Required<Divergence>): number {
  const { target, symmetric, positives } = options;
  let sum = 0;
  for (let i = 0; i < 4; i++) {
    const columns = [0, 1, 2, 3].filter((j) => positives || j !== i);
    const total = (of: (j: number) => number): number => columns.reduce((all, j) => all + of(j), 0);
    const T = (j: number): number => {
      const part = (k: number): number => (target === 'linear' ? S[5 * i + k]! : Math.exp(S[5 * i + k]!));
      return total(part) === 0 ? 0 : part(j) / total(part);
    };
    const P = (j: number): number => Math.exp(L[5 * i + j]!) / total((k) => Math.exp(L[5 * i + k]!));
    const forward = total((j) => (T(j) === 0 ? 0 : T(j) * Math.log(T(j) / P(j))));
    const back = total(T) === 0 ? 0 : total((j) => P(j) * Math.log(P(j) / Math.max(T(j), 1e-3)));
    sum += symmetric ? (forward + back) / 2 : forward;
  }
  return sum / 4;
}

const softmaxRows = (logits: Float32Array): Float32Array =>
  Float32Array.from(logits, (_, i) => {
    const row = Array.from(logits.subarray(i - (i % 3), i - (i % 3) + 3), Math.exp);
    return row[i % 3]! / row.reduce((sum, value) => sum + value, 0);
  });

describe('selip', () => {
  before(async () => {
    await tf.setBackend(fixReference());
  });

  it('S = I: the KL term equals InfoNCE to 1e-6, the total is 2 × InfoNCE', async () => {
    const draw = gaussian(3);
    const [image, text] = [tf.tensor2d(drawn([N, 3], draw).values, [N, 3]), tf.tensor2d(drawn([N, 3], draw).values, [N, 3])]; // prettier-ignore
    const scale = tf.scalar(selipScale);
    const { align, kl, total } = selip(image, text, tf.eye(N), scale);
    const [a, k, t, nce] = await Promise.all(
      [align, kl, total, infoNce(image, text, scale).loss].map(async (each) => (await each.data())[0]!),
    );
    assert(Math.abs(a! - nce!) < 1e-6 && Math.abs(k! - nce!) < 1e-6, `${a} ${k} ${nce}`);
    assert(Math.abs(t! - 2 * nce!) < 2e-6);
  });

  it('gradient of the KL term with respect to the logits = (P - T) / N, zero at P = T', async () => {
    const logits = Float32Array.of(2, 0, -1, 0.5, 1, 0, -1, 0.3, 1.5);
    const S = Float32Array.of(1, 0.5, 0.1, 0.5, 1, 0.25, 0.1, 0.25, 1);
    const outputs = await lossOutputs(divergenceCase(logits, S), 'reference');
    const P = softmaxRows(logits);
    const T = await targets(tf.tensor2d(S, [3, 3])).data();
    outputs['gradient.logits']!.forEach((value, i) => {
      assert(Math.abs(value - (P[i]! - T[i]!) / 3) < 1e-6);
    });
    const atTarget = await lossOutputs(divergenceCase(logits, P), 'reference');
    assert(Math.abs(atTarget['loss']![0]!) < 1e-6);
    for (const value of atTarget['gradient.logits']!) assert(Math.abs(value) < 1e-6);
  });

  it("no gradient to the texts' similarity", async () => {
    const outputs = await lossOutputs(caseOf(['image', 'similarity']), 'reference');
    assert(outputs['gradient.similarity']!.every((value) => value === 0));
    assert(outputs['gradient.image']!.some((value) => value !== 0));
  });

  it('image→text and text→image are both present: the transpose changes each direction and not the sum', () => {
    const L = tf.tensor2d([2, 0, -1, 0.5, 1, 0, -1, 0.3, 1.5], [3, 3]);
    const S = tf.tensor2d([1, 0.5, 0, 0.5, 1, 0.25, 0, 0.25, 1], [3, 3]);
    const kl = (logits: tf.Tensor2D): number => softTargetDivergence(S, logits, tf.ones([3])).dataSync()[0]!;
    assert(Math.abs(kl(L) - kl(tf.transpose(L))) > 1e-3);
    const total = (logits: tf.Tensor2D): number => selipFromLogits(logits, S).total.dataSync()[0]!;
    assert(Math.abs(total(L) - total(tf.transpose(L))) < 1e-6);
    assert(Math.abs(total(L) - 2 * kl(L)) > 1e-3);
  });

  it('normalises Sᵀ by its own rows', () => {
    const S = tf.tensor2d([1, 0.5, 0.5, 0, 1, 0, 0, 0, 1], [3, 3]);
    // rows of S: (½, ¼, ¼) and two units; rows of Sᵀ: a unit, (⅓, ⅔, 0) and (⅓, 0, ⅔); P is even everywhere
    const rows = 0.5 * Math.log(0.5) + 0.5 * Math.log(0.25);
    const columns = 2 * ((1 / 3) * Math.log(1 / 3) + (2 / 3) * Math.log(2 / 3));
    const expected = (rows + columns) / 6 + Math.log(3);
    assert(Math.abs(selipFromLogits(tf.zeros([3, 3]), S).kl.dataSync()[0]! - expected) < 1e-6);
  });

  it('gives a batch with empty places the loss of the pairs in it', () => {
    const draw = gaussian(9);
    const [image, text] = [0, 1].map(() => tf.tensor2d(drawn([4, 3], draw).values, [4, 3])) as [
      tf.Tensor2D,
      tf.Tensor2D,
    ]; // two
    const S = tf.tensor2d(similarity, [4, 4]);
    const scale = tf.scalar(selipScale);
    const full = selip(image.slice([0, 0], [3, 3]), text.slice([0, 0], [3, 3]), S.slice([0, 0], [3, 3]), scale);
    const padded = selip(image, text, S, scale, undefined, tf.tensor1d([1, 1, 1, 0]));
    assert(Math.abs(full.total.dataSync()[0]! - padded.total.dataSync()[0]!) < 1e-5);
  });

  for (const target of ['linear', 'softmax'] as const) {
    for (const symmetric of [false, true]) {
      for (const positives of [true, false]) {
        const options = { target, symmetric, positives };
        it(`diverges by ${JSON.stringify(options)} as its formula says, with the gradient of its value`, async () => {
          const [L, S] = [logits5, similarity5];
          const given: LossCase = {
            inputs: { logits: { shape: [5, 5], values: L }, similarity: { shape: [5, 5], values: S } },
            parts: ({ logits, similarity: S_NN }) => ({
              loss: softTargetDivergence(
                S_NN as tf.Tensor2D,
                logits as tf.Tensor2D,
                tf.tensor1d([1, 1, 1, 1, 0]),
                options,
              ), // as given
            }),
            by: ['logits', 'similarity'],
          };
          const { loss, ...gradients } = await lossOutputs(given, 'reference');
          const expected = divergenceByHand(L, S, options);
          assert(Math.abs(loss![0]! - expected) < 1e-5, `${loss![0]} and ${expected}`);
          const near = (at: number, by: number): number =>
            divergenceByHand(
              Float64Array.from(L, (value, i) => value + (i === at ? by : 0)),
              S,
              options,
            );
          gradients['gradient.logits']!.forEach((value, at) => {
            assert(Math.abs(value - (near(at, 1e-5) - near(at, -1e-5)) / 2e-5) < 1e-5);
          });
          assert(gradients['gradient.similarity']!.every((value) => value === 0));
          assert((await engineDifference(given)) < 1e-5);
        });
      }
    }
  }

  it('lets a text that is like no other say nothing without its positive', async () => {
    const alone = softTargetDivergence(
      tf.eye(3),
      tf.tensor2d([2, 0, -1, 0.5, 1, 0, -1, 0.3, 1.5], [3, 3]),
      tf.ones([3]),
      {
        positives: false,
        symmetric: true,
      },
    );
    assert.equal((await alone.data())[0], 0);
  });

  it('stays finite where a probability underflows, and its gradients are those of its values', async () => {
    const wide = selipFromLogits(tf.tensor2d([500, -500, -500, 500], [2, 2]), tf.ones([2, 2])).total.dataSync()[0]!;
    assert(Number.isFinite(wide));
    const given = caseOf();
    assert((await gradientError(given)) < 2e-3);
  });

  it('compiles: value and gradients are those of the reference', async () => {
    assert((await engineDifference(caseOf())) < 1e-5);
  });
});
