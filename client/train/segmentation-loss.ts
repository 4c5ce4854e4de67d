/**
 * What a segmentation learns by: cross-entropy of places and the overlap of classes, in one sum. Cross-entropy alone is
 * content with a lesion at one half: where it is few of the places, a short training leaves its probability just below the
 * half that decides, and the mask is empty. B examples, L classes, the first of which is what is none of the others.
 *
 * Source: Isensee et al. 2021, nnU-Net (doi 10.1038/s41592-020-01008-z, arXiv 1809.10486), the sum of both and Dice over the
 * batch without the background; Milletari et al. 2016 (arXiv 1606.04797) for soft Dice.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { meanWhere } from '#client/methods/mean-where';

/** Added above and below, so that a class that is nowhere costs nothing. */
const smoothing = 1;

/**
 * Mean cross-entropy of all places in nats, and 1 - soft Dice. Logits `[B, ...extents, L]`, classes `mask` `[B, ...extents]`,
 * `present_B` 1 for an image and 0 for an empty place of the batch.
 */
export function segmentationLoss(logits: tf.Tensor, mask: tf.Tensor, present_B: tf.Tensor): tf.Scalar {
  const [B, L] = [logits.shape[0], logits.shape.at(-1)!]; // a batch, and classes
  const logP_BPL = tf.logSoftmax(logits.reshape<tf.Tensor3D>([B, -1, L]));
  const truth_BPL = tf.oneHot(mask.flatten().toInt(), L).reshape<tf.Tensor3D>(logP_BPL.shape);
  const nats_BP = tf.neg(tf.sum(tf.mul(logP_BPL, truth_BPL), 2));
  const crossEntropy = meanWhere(tf.mean(nats_BP, 1), present_B);
  return tf.add(crossEntropy, tf.sub(1, softDice(tf.exp(logP_BPL), truth_BPL, present_B)));
}

/** (2 Σ p y + 1) / (Σ p + Σ y + 1) over the places of all images that are there, in the mean over classes but the first. */
function softDice(p_BPL: tf.Tensor, truth_BPL: tf.Tensor, present_B: tf.Tensor): tf.Scalar {
  const present_B11 = present_B.reshape([-1, 1, 1]);
  const sum = (values_BPL: tf.Tensor): tf.Tensor1D => tf.sum(tf.mul(values_BPL, present_B11), [0, 1]);
  const both_L = tf.add(tf.mul(sum(tf.mul(p_BPL, truth_BPL)), 2), smoothing);
  const either_L = tf.add(tf.add(sum(p_BPL), sum(truth_BPL)), smoothing);
  return tf.mean(tf.slice(tf.div<tf.Tensor1D>(both_L, either_L), [1]));
}
