/**
 * SeLIP: contrast towards soft targets that come from the texts alone. N pairs, D features; v image, t text,
 * L = s cos(v_i, t_j), P = softmax of the rows of L, S the similarity of the texts (`similarity.ts`), T its rows over
 * their sums.
 *
 * Source: SeLIP (arXiv 2503.19801) and its released code. Deviation: no probability is clamped from below (the code
 * clamps T and P at 1e-3, after which the divergence is no longer InfoNCE at S = I).
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { diagonalCrossEntropy, logSoftmaxOverPresent, similarityLogits } from '../contrastive.ts';
import { stopGradient } from '../stop-gradient.ts';

/** s = 1 / τ: the released script never gives the scale to its optimiser, so it stays as it begins. */
export const selipScale = 1 / 0.07;

/** How much the two terms count. */
export interface SelipWeights {
  readonly align: number;
  readonly kl: number;
}

/** The terms and their weighted sum, in nats. */
export interface SelipLoss {
  readonly align: tf.Scalar;
  readonly kl: tf.Scalar;
  readonly total: tf.Scalar;
}

const bothOnce: SelipWeights = { align: 1, kl: 1 };

/** T: each row of S over its sum; a row of zeros, an empty place of the batch, stays zeros. */
export function targets(S_NN: tf.Tensor2D): tf.Tensor2D {
  return tf.div(S_NN, tf.maximum(tf.sum(S_NN, 1, true), 1e-8));
}

/** KL(S, L) = (1/N) Σ_ij T_ij (log T_ij - log P_ij), with 0 log 0 = 0. S is data: no gradient goes to it. */
export function softTargetDivergence(S_NN: tf.Tensor2D, L_NN: tf.Tensor2D, present_N: tf.Tensor1D): tf.Scalar {
  const pairs_NN = tf.mul(present_N.reshape([-1, 1]), present_N.reshape([1, -1]));
  const T_NN = targets(tf.mul(stopGradient(S_NN), pairs_NN));
  const logT_NN = tf.log(tf.maximum(T_NN, 1e-30)); // times T = 0 it is 0
  const logP_NN = logSoftmaxOverPresent(L_NN, present_N);
  return tf.div(tf.sum(tf.mul(T_NN, tf.sub(logT_NN, logP_NN))), tf.sum(present_N));
}

/**
 * alignWeight ½ (CE(L) + CE(Lᵀ)) + klWeight ½ (KL(S, L) + KL(Sᵀ, Lᵀ)); Sᵀ is normalised by its own rows. `present_N`,
 * where given, is 1 for a pair and 0 for an empty place of the batch, which weighs nothing.
 */
export function selipFromLogits(
  L_NN: tf.Tensor2D,
  S_NN: tf.Tensor2D,
  weights: SelipWeights = bothOnce,
  present_N: tf.Tensor1D = tf.ones([L_NN.shape[0]]),
): SelipLoss {
  const [Lt_NN, St_NN] = [tf.transpose(L_NN), tf.transpose(S_NN)];
  const align = halfSum(diagonalCrossEntropy(L_NN, present_N), diagonalCrossEntropy(Lt_NN, present_N));
  const kl = halfSum(softTargetDivergence(S_NN, L_NN, present_N), softTargetDivergence(St_NN, Lt_NN, present_N));
  return { align, kl, total: tf.add(tf.mul(align, weights.align), tf.mul(kl, weights.kl)) };
}

/** The loss of embeddings v and t, `[N, D]`, not normalised. */
export function selip(
  v_ND: tf.Tensor2D,
  t_ND: tf.Tensor2D,
  S_NN: tf.Tensor2D,
  scale: tf.Scalar,
  weights?: SelipWeights,
  present_N?: tf.Tensor1D,
): SelipLoss {
  return selipFromLogits(similarityLogits(v_ND, t_ND, scale), S_NN, weights, present_N);
}

function halfSum(a: tf.Scalar, b: tf.Scalar): tf.Scalar {
  return tf.mul(tf.add(a, b), 0.5);
}
