import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { fixReference } from '#client/engine/reference';
import { infoNce, unit } from '#client/methods/contrastive';
import { mapBeforeAggregate, maskedImageLoss, maskedReportLoss, mcr, mcrScale } from '#client/methods/mcr/loss';
import { gatherTokens, hideTokens, unshuffle } from '#client/methods/mcr/mask-tokens';
import { gaussian } from '../../../../support/engine/training.ts';
import { gradientError } from '../../../../support/suites/finite-differences.ts';
import { drawn, type LossCase } from '../../../../support/suites/loss-program.ts';
import { engineDifference } from '../../../../support/suites/same-on-engines.ts';

const [N, P, Q, T, V, D, E, K] = [2, 4, 3, 3, 4, 3, 2, 2];
const keep = Int32Array.of(2, 0, 1, 3);
const restore = Int32Array.of(1, 2, 0, 3, 2, 0, 3, 1); // of the order 2 0 1 3, and of 1 3 0 2
const maskedPatches = Float32Array.of(0, 1, 0, 1, 1, 0, 1, 0);
const maskedTokens = Float32Array.of(0, 0, 1, 1, 0, 0);

/** One pass as a step has it: visible patches and words, mapped before they are aggregated, decoded, and all three losses. */
function caseOf(): LossCase {
  const draw = gaussian(13);
  const inputs = {
    patches: drawn([N, P, Q], draw),
    words: drawn([N, T, D], draw),
    weight: drawn([D, E], draw),
    bias: drawn([E], draw),
    hidden: drawn([Q], draw),
    decoder: drawn([Q, Q], draw),
    speller: drawn([D, V], draw),
    keep: { shape: [N, K], values: keep },
    restore: { shape: [N, P], values: restore },
    maskedPatches: { shape: [N, P], values: maskedPatches },
    maskedTokens: { shape: [N, T], values: maskedTokens },
    tokens: { shape: [N, T], values: Int32Array.of(0, 1, 2, 3, 0, 1) },
  };
  return { inputs, parts: pass, by: ['words', 'weight', 'bias', 'hidden', 'decoder', 'speller'] };
}

const pass: LossCase['parts'] = (given) => {
  const as = <R extends tf.Rank>(name: string): tf.Tensor<R> => given[name] as tf.Tensor<R>; // as declared in the case
  const patches = as<tf.Rank.R3>('patches');
  const visible = gatherTokens(patches, as('keep'));
  const words = hideTokens(as('words'), tf.zeros([D]), as('maskedTokens'));
  const map = { weight_DE: as<tf.Rank.R2>('weight'), bias_E: as<tf.Rank.R1>('bias') };
  const restored = unshuffle(visible, as('hidden'), as('restore')).reshape<tf.Tensor2D>([N * P, Q]);
  const outputs = {
    image: mapBeforeAggregate(visible, tf.ones([N, K]), map),
    text: mapBeforeAggregate(words, tf.ones([N, T]), map),
    patches: {
      patches_NPq: patches,
      prediction_NPq: tf.matMul(restored, as<tf.Rank.R2>('decoder')).reshape<tf.Tensor3D>([N, P, Q]),
      masked_NP: as<tf.Rank.R2>('maskedPatches'),
    },
    words: {
      logits_NTV: tf
        .matMul(words.reshape<tf.Tensor2D>([N * T, D]), as<tf.Rank.R2>('speller'))
        .reshape<tf.Tensor3D>([N, T, V]),
      tokens_NT: as<tf.Rank.R2>('tokens'),
      masked_NT: as<tf.Rank.R2>('maskedTokens'),
    },
  };
  return { ...mcr(outputs, tf.scalar(mcrScale)) };
};

const number = (x: tf.Tensor): number => x.dataSync()[0]!;
const largest = (a: tf.Tensor, b: tf.Tensor): number => number(tf.max(tf.abs(tf.sub(a, b))));
const normal = <R extends tf.Rank>(shape: number[], seed: number): tf.Tensor<R> =>
  tf.tensor(drawn(shape, gaussian(seed)).values, shape as unknown as tf.ShapeMap[R]);

describe('mcr', () => {
  before(async () => {
    await tf.setBackend(fixReference());
  });

  it('loss on visible patches is zero-weighted: changing a visible target does not change L_MIM', () => {
    const [patches, prediction] = [normal<tf.Rank.R3>([N, P, Q], 1), normal<tf.Rank.R3>([N, P, Q], 2)];
    const masked = tf.tensor2d(maskedPatches, [N, P]);
    const shift = tf.mul(normal<tf.Rank.R3>([N, P, Q], 3), tf.sub(1, masked).reshape([N, P, 1]));
    const before = number(maskedImageLoss(patches, prediction, masked));
    assert.equal(number(maskedImageLoss(tf.add(patches, shift), prediction, masked)), before);
    assert.equal(number(maskedImageLoss(patches, tf.add(prediction, shift), masked)), before);
    const hidden = tf.mul(normal<tf.Rank.R3>([N, P, Q], 3), masked.reshape([N, P, 1]));
    assert(Math.abs(number(maskedImageLoss(tf.add(patches, hidden), prediction, masked)) - before) > 1e-3);
  });

  it('loss on visible tokens is zero-weighted: changing a visible target does not change L_MRM', () => {
    const logits = normal<tf.Rank.R3>([N, T, V], 4);
    const masked = tf.tensor2d(maskedTokens, [N, T]);
    const loss = (tokens: readonly number[]): number =>
      number(maskedReportLoss(logits, tf.tensor2d([...tokens], [N, T], 'int32'), masked));
    assert.equal(loss([0, 1, 2, 3, 0, 1]), loss([3, 2, 2, 3, 3, 3]));
    assert(Math.abs(loss([0, 1, 2, 3, 0, 1]) - loss([0, 1, 0, 3, 0, 1])) > 1e-3);
  });

  it('is 0 with nothing masked, and one mean over the batch, not a mean of means', () => {
    const logits = normal<tf.Rank.R3>([N, T, V], 4);
    const tokens = tf.tensor2d([0, 1, 2, 3, 0, 1], [N, T], 'int32');
    assert.equal(number(maskedReportLoss(logits, tokens, tf.zeros([N, T]))), 0);
    const alone = (position: number): number =>
      number(
        maskedReportLoss(
          logits,
          tokens,
          tf
            .oneHot(position, N * T)
            .toFloat()
            .reshape([N, T]),
        ),
      );
    const three = number(maskedReportLoss(logits, tokens, tf.tensor2d([1, 1, 0, 1, 0, 0], [N, T])));
    assert(Math.abs(three - (alone(0) + alone(1) + alone(3)) / 3) < 1e-6);
  });

  it('the contrastive term uses masked inputs: changing a masked pixel or word cannot change it', () => {
    const given = caseOf();
    const run = (values: Readonly<Record<string, tf.Tensor>>): number => number(pass(values)['contrastive']!);
    const tensors = Object.fromEntries(
      Object.entries(given.inputs).map(([name, { shape, values }]) => [
        name,
        tf.tensor(values, [...shape], values instanceof Int32Array ? 'int32' : 'float32'),
      ]),
    );
    const masked = tf.tensor2d(maskedPatches, [N, P]).reshape([N, P, 1]);
    const maskedWords = tf.tensor2d(maskedTokens, [N, T]).reshape([N, T, 1]);
    const before = run(tensors);
    assert.equal(run({ ...tensors, patches: tf.add(tensors['patches']!, tf.mul(masked, 5)) }), before);
    assert.equal(run({ ...tensors, words: tf.add(tensors['words']!, tf.mul(maskedWords, 5)) }), before);
    const visible = tf.mul(tf.sub(1, masked), normal([N, P, Q], 8));
    assert(Math.abs(run({ ...tensors, patches: tf.add(tensors['patches']!, visible) }) - before) > 1e-3);
  });

  it('un-shuffling restores the order', () => {
    const x = normal<tf.Rank.R3>([N, P, Q], 5);
    const mark = tf.tensor1d([7, 8, 9]);
    const back = unshuffle(
      gatherTokens(x, tf.tensor2d(keep, [N, K], 'int32')),
      mark,
      tf.tensor2d(restore, [N, P], 'int32'),
    );
    const masked = tf.tensor2d(maskedPatches, [N, P]);
    assert.equal(largest(back, hideTokens(x, mark, masked)), 0);
  });

  it('mapping before aggregation differs from pool-then-map by more than 1e-3; a linear map would not', () => {
    const tokens = normal<tf.Rank.R3>([N, T, D], 6);
    const map = { weight_DE: normal<tf.Rank.R2>([D, E], 7), bias_E: normal<tf.Rank.R1>([E], 8) };
    const valid = tf.ones<tf.Rank.R2>([N, T]);
    const mapped = mapBeforeAggregate(tokens, valid, map);
    const pooled = tf.mean<tf.Tensor3D>(tokens, 1, true);
    assert(largest(mapped, mapBeforeAggregate(pooled, tf.ones([N, 1]), map)) > 1e-3);
    const linear = (x: tf.Tensor3D): tf.Tensor =>
      tf.mean(tf.add(tf.matMul(x.reshape([-1, D]), map.weight_DE), map.bias_E).reshape([N, -1, E]), 1);
    assert(largest(linear(tokens), linear(pooled)) < 1e-6);
  });

  it('aggregates valid tokens only', () => {
    const tokens = normal<tf.Rank.R3>([1, T, D], 6);
    const map = { weight_DE: normal<tf.Rank.R2>([D, E], 7), bias_E: normal<tf.Rank.R1>([E], 8) };
    const padded = mapBeforeAggregate(tokens, tf.tensor2d([1, 1, 0], [1, T]), map);
    assert(largest(padded, mapBeforeAggregate(tokens.slice([0, 0, 0], [1, 2, D]), tf.ones([1, 2]), map)) < 1e-6);
    assert(largest(padded, unit(padded)) < 1e-6);
  });

  it('contrasts as InfoNCE does, and adds the reconstructions with their weights', () => {
    const draw = gaussian(2);
    const [image, text] = [0, 1].map(() => tf.tensor2d(drawn([N, E], draw).values, [N, E])) as [
      tf.Tensor2D,
      tf.Tensor2D,
    ]; // two
    const rest = {
      patches: {
        patches_NPq: normal<tf.Rank.R3>([N, P, Q], 1),
        prediction_NPq: normal<tf.Rank.R3>([N, P, Q], 2),
        masked_NP: tf.tensor2d(maskedPatches, [N, P]),
      },
      words: {
        logits_NTV: normal<tf.Rank.R3>([N, T, V], 4),
        tokens_NT: tf.tensor2d([0, 1, 2, 3, 0, 1], [N, T], 'int32'),
        masked_NT: tf.tensor2d(maskedTokens, [N, T]),
      },
    };
    const made = mcr({ image, text, ...rest }, tf.scalar(mcrScale), { image: 2, report: 3 });
    assert.equal(number(made.contrastive), number(infoNce(image, text, tf.scalar(mcrScale)).loss));
    const expected = number(made.contrastive) + 2 * number(made.maskedImage) + 3 * number(made.maskedReport);
    assert(Math.abs(number(made.total) - expected) < 1e-5);
  });

  it('has the gradients of its values, and compiles to both', async () => {
    assert((await gradientError(caseOf())) < 2e-3);
    assert((await engineDifference(caseOf())) < 1e-5);
  }).timeout(10_000);
});
