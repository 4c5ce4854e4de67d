import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { infoNce, sigLip } from '#client/methods/contrastive';

const normal = (rows: number, seed: number): tf.Tensor2D => tf.randomNormal([rows, 4], 0, 1, 'float32', seed);
const loss = (image: tf.Tensor2D, text: tf.Tensor2D, present?: tf.Tensor1D): number =>
  infoNce(image, text, tf.scalar(10), present).loss.dataSync()[0]!;

describe('contrastive', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  it('gives a batch with empty places the loss of the pairs in it', () => {
    const [image, text] = [normal(3, 1), normal(3, 2)];
    const padded = (x: tf.Tensor2D): tf.Tensor2D => tf.concat([x, normal(2, 3)]);
    const masked = loss(padded(image), padded(text), tf.tensor1d([1, 1, 1, 0, 0]));
    assert(Math.abs(masked - loss(image, text)) < 1e-5);
    assert(Math.abs(loss(padded(image), padded(text)) - masked) > 0.01);
  });

  it('judges the pairs of a batch with empty places by themselves', () => {
    const [image, text] = [normal(3, 1), normal(3, 2)];
    const padded = (x: tf.Tensor2D): tf.Tensor2D => tf.concat([x, normal(2, 3)]);
    const of = (v: tf.Tensor2D, t: tf.Tensor2D, present?: tf.Tensor1D): number =>
      sigLip(v, t, tf.scalar(10), tf.scalar(-10), present).dataSync()[0]!;
    assert(Math.abs(of(padded(image), padded(text), tf.tensor1d([1, 1, 1, 0, 0])) - of(image, text)) < 1e-5);
    assert(Math.abs(of(padded(image), padded(text)) - of(image, text)) > 0.01);
  });

  it('is ln N when every pair looks alike', () => {
    assert(Math.abs(loss(tf.ones([4, 4]), tf.ones([4, 4])) - Math.log(4)) < 1e-5);
  });

  it('stays finite for an embedding of zeros and a scale of 100', () => {
    const value = infoNce(tf.zeros([3, 4]), normal(3, 1), tf.scalar(100)).loss.dataSync()[0]!;
    assert(Number.isFinite(value));
  });
});
