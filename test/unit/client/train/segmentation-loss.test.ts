import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { fixReference } from '#client/engine/reference';
import { segmentationLoss } from '#client/train/segmentation-loss';

/** Two classes: `p` is the probability of the second at each place of an image of 2 by 2. */
const logitsOf = (...images: readonly (readonly number[])[]): tf.Tensor =>
  tf.tensor(images.flat().flatMap((p) => [Math.log(1 - p), Math.log(p)])).reshape([images.length, 2, 2, 2]);
const masksOf = (...masks: readonly (readonly number[])[]): tf.Tensor =>
  tf.tensor(masks.flat(), [masks.length, 2, 2], 'int32');
const lossOf = (logits: tf.Tensor, masks: tf.Tensor, present: readonly number[]): number =>
  segmentationLoss(logits, masks, tf.tensor1d([...present])).dataSync()[0]!;
const near = (value: number, expected: number): void => {
  assert(Math.abs(value - expected) < 1e-6, `${value}, expected ${expected}`);
};

describe('the loss of a segmentation', () => {
  before(async () => {
    await tf.setBackend(fixReference());
  });

  it('is the cross-entropy of places and one less soft Dice of the classes but the first', () => {
    const crossEntropy = -(Math.log(0.6) + Math.log(0.8) + Math.log(0.9) + Math.log(0.5)) / 4;
    const dice = (2 * (0.6 + 0.5) + 1) / (0.6 + 0.2 + 0.1 + 0.5 + 2 + 1);
    near(lossOf(logitsOf([0.6, 0.2, 0.1, 0.5]), masksOf([1, 0, 0, 1]), [1]), crossEntropy + 1 - dice);
  });

  it('counts overlap over the batch, and nothing of an empty place of it', () => {
    const one = lossOf(logitsOf([0.6, 0.2, 0.1, 0.5]), masksOf([1, 0, 0, 1]), [1]);
    near(
      lossOf(logitsOf([0.6, 0.2, 0.1, 0.5], [0.9, 0.9, 0.9, 0.9]), masksOf([1, 0, 0, 1], [0, 0, 0, 0]), [1, 0]),
      one,
    );
    const [no, yes] = [1e-7, 1 - 1e-7];
    near(lossOf(logitsOf([yes, no, no, no], [no, no, no, no]), masksOf([1, 0, 0, 0], [0, 0, 0, 0]), [1, 1]), 0);
  });
});
