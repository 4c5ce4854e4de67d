/**
 * SEMISE: severity ordered in the embedding, from few grades. N images or pairs of images, D features;
 * d(a, b) = 1 - cos(a, b), r the embedding of health.
 *
 * Source: SEMISE (arXiv 2501.03848) and ConPrO (arXiv 2404.18831) for the discrimination, the preference and how they are
 * combined; NT-Xent of Chen et al. 2020 (arXiv 2002.05709), equation 1. Deviation from ConPrO's released code: its
 * preference is a sigmoid without the logarithm, of similarities; here the formula of the paper.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { logSoftmaxOverPresent, unit } from '../contrastive.ts';
import { meanWhere } from '../mean-where.ts';

/** m: cosine distance is in [0, 2]. */
export const semiseMargin = 1;
/** τ of NT-Xent. */
export const semiseTemperature = 0.5;
/** How much NT-Xent counts; the preference counts 1 - α. */
export const semiseAlpha = 0.5;

/** d of pairs of rows: `[N]`. `b_ND` may be one row for all. */
export function cosineDistance(a_ND: tf.Tensor2D, b_ND: tf.Tensor2D): tf.Tensor1D {
  return tf.sub(1, tf.sum(tf.mul(unit(a_ND), unit(b_ND)), 1));
}

/**
 * Healthy-anomaly discrimination: 1/(2N) Σ (same ? d² : max(0, m - d)²); `same_N` is 1 for two of one kind, else 0.
 * `present_N`, where given, is 1 for a pair and 0 for an empty place of the batch.
 */
export function healthyAnomaly(
  a_ND: tf.Tensor2D,
  b_ND: tf.Tensor2D,
  same_N: tf.Tensor1D,
  margin: number = semiseMargin,
  present_N: tf.Tensor1D = tf.ones([same_N.shape[0]]),
): tf.Scalar {
  const d_N = cosineDistance(a_ND, b_ND);
  const together_N = tf.mul(same_N, tf.square(d_N));
  const apart_N = tf.mul(tf.sub(1, same_N), tf.square(tf.relu(tf.sub(margin, d_N))));
  return tf.mul(meanWhere(tf.add(together_N, apart_N), present_N), 0.5);
}

/**
 * The mean over 2N views of -log( e^{sim(i,p)/τ} / Σ_{k≠i} e^{sim(i,k)/τ} ), p the other view of i's image; `views` are
 * the first views and then the second ones in the same order. `present_N`, where given, is 1 for an image and 0 for an
 * empty place.
 */
export function ntXent(
  views_2ND: tf.Tensor2D,
  temperature: number = semiseTemperature,
  present_N: tf.Tensor1D = tf.ones([views_2ND.shape[0] / 2]),
): tf.Scalar {
  const N = present_N.shape[0];
  const z = unit(views_2ND);
  const self = tf.mul(tf.eye(2 * N), 1e9);
  const logits = tf.sub<tf.Tensor2D>(tf.div(tf.matMul(z, z, false, true), temperature), self);
  const present_2N = tf.tile(present_N, [2]);
  const positive = tf.mul(otherViews(N), present_2N.reshape([2 * N, 1]));
  const sum = tf.sum(tf.mul(positive, logSoftmaxOverPresent(logits, present_2N)));
  return tf.neg(tf.div(sum, tf.sum(present_2N)));
}

/** 1 where the column is the other view of the row's image: `[2N, 2N]`. */
function otherViews(N: number): tf.Tensor2D {
  const [own, none] = [tf.eye(N), tf.zeros<tf.Rank.R2>([N, N])];
  return tf.concat([tf.concat([none, own], 1), tf.concat([own, none], 1)]);
}

/** The preference term with what it is made of. */
export interface Preference {
  /** d(a, r) and d(b, r): `[N]`. */
  readonly distanceA: tf.Tensor1D;
  readonly distanceB: tf.Tensor1D;
  /** How many pairs differ in severity. */
  readonly comparisons: tf.Scalar;
  /** In nats. */
  readonly loss: tf.Scalar;
}

/**
 * The mean of -log σ(d(w, r) - d(l, r)) over pairs that differ in severity, w the more severe; 0 when none does. The
 * gradient reaches the reference too. `scale` multiplies the difference of distances, 1 in the paper.
 */
export function preference(
  r_D: tf.Tensor1D,
  a_ND: tf.Tensor2D,
  b_ND: tf.Tensor2D,
  severityA_N: tf.Tensor1D,
  severityB_N: tf.Tensor1D,
  scale = 1,
): Preference {
  const r_1D = r_D.reshape<tf.Tensor2D>([1, r_D.shape[0]]);
  const [distanceA, distanceB] = [cosineDistance(a_ND, r_1D), cosineDistance(b_ND, r_1D)];
  const order_N = tf.sign(tf.sub(severityA_N, severityB_N)); // 1: a is w, -1: b is w, 0: no comparison
  const ordered_N = tf.abs(order_N);
  const reward_N = tf.mul(order_N, tf.mul(tf.sub(distanceA, distanceB), scale));
  const comparisons = tf.sum<tf.Scalar>(ordered_N);
  // -log σ(x) = softplus(-x); the gradient of tf.logSigmoid fails where operations run one by one
  const loss = meanWhere(tf.softplus(tf.neg(reward_N)), ordered_N);
  return { distanceA, distanceB, comparisons, loss };
}

/** L_combine = α NT-Xent + (1 - α) preference. */
export function semise(ntXentLoss: tf.Scalar, preferenceLoss: tf.Scalar, alpha: number = semiseAlpha): tf.Scalar {
  return tf.add(tf.mul(ntXentLoss, alpha), tf.mul(preferenceLoss, 1 - alpha));
}

/** How far each image is from health: its mean distance to M references. `[N]`. */
export function severity(x_ND: tf.Tensor2D, references_MD: tf.Tensor2D): tf.Tensor1D {
  return tf.sub(1, tf.mean(tf.matMul(unit(x_ND), unit(references_MD), false, true), 1));
}
