/**
 * SeLIP: contrast towards soft targets that come from the texts alone. N pairs, D features; v image, t text,
 * L = s cos(v_i, t_j), P = softmax of the rows of L, S the similarity of the texts (`similarity.ts`), T its rows over
 * their sums.
 *
 * Source: SeLIP (arXiv 2503.19801) and its released code. Deviation: no probability is clamped from below (the code
 * clamps T and P at 1e-3, after which the divergence is no longer InfoNCE at S = I). The one exception is the second
 * direction of the symmetric divergence, which has no value where T is 0.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { diagonalCrossEntropy, logSoftmaxOverPresent, similarityLogits } from '../contrastive.ts';
import { stopGradient } from '../stop-gradient.ts';

/** s = 1 / τ: the released script never gives the scale to its optimiser, so it stays as it begins. */
export const selipScale = 1 / 0.07;

/** How much the two terms count, and what the second of them is; without the latter it is the published one. */
export interface SelipTerms extends Divergence {
  readonly align: number;
  readonly kl: number;
}

/** The options of the released code. */
export interface Divergence {
  /** T: the rows of S over their sums (the default), or the softmax of the rows of S. */
  readonly target?: 'linear' | 'softmax';
  /** ½ (KL(T, P) + KL(P, T)) in the place of KL(T, P). */
  readonly symmetric?: boolean;
  /** Whether a pair's own text is among its targets and candidates. Default true; without, N × (N - 1) are left. */
  readonly positives?: boolean;
}

/** The terms and their weighted sum, in nats. */
export interface SelipLoss {
  readonly align: tf.Scalar;
  readonly kl: tf.Scalar;
  readonly total: tf.Scalar;
}

const bothOnce: SelipTerms = { align: 1, kl: 1 };

/** What log T is taken of at least in KL(P, T), as in the released code. */
const leastTarget = 1e-3;

/** T: each row of S over its sum; a row of zeros, an empty place of the batch, stays zeros. */
export function targets(S_NN: tf.Tensor2D): tf.Tensor2D {
  return tf.div(S_NN, tf.maximum(tf.sum(S_NN, 1, true), 1e-8));
}

/** T: the softmax of each row of S over the pairs that count; other rows and places are 0. */
function softmaxTargets(S_NN: tf.Tensor2D, pairs_NN: tf.Tensor2D): tf.Tensor2D {
  return targets(tf.mul(tf.exp(S_NN), pairs_NN)); // S is at most 1
}

/**
 * KL(S, L) = (1/N) Σ_ij T_ij (log T_ij - log P_ij), with 0 log 0 = 0. S is data: no gradient goes to it. Without its own
 * text a row may have no target: it says nothing.
 */
export function softTargetDivergence(
  S_NN: tf.Tensor2D,
  L_NN: tf.Tensor2D,
  present_N: tf.Tensor1D,
  { target = 'linear', symmetric = false, positives = true }: Divergence = {},
): tf.Scalar {
  const present_NN = tf.mul<tf.Tensor2D>(present_N.reshape([-1, 1]), present_N.reshape([1, -1]));
  const own_NN = positives ? undefined : tf.eye(present_N.shape[0]);
  const pairs_NN = own_NN === undefined ? present_NN : tf.mul<tf.Tensor2D>(present_NN, tf.sub(1, own_NN));
  const others_NN = own_NN === undefined ? L_NN : tf.sub<tf.Tensor2D>(L_NN, tf.mul(own_NN, 1e9));
  const S = stopGradient(S_NN);
  const T_NN = target === 'linear' ? targets(tf.mul(S, pairs_NN)) : softmaxTargets(S, pairs_NN);
  const logT_NN = tf.log(tf.maximum(T_NN, 1e-30)); // times T = 0 it is 0
  const logP_NN = logSoftmaxOverPresent(others_NN, present_N);
  const forward = tf.div<tf.Scalar>(tf.sum(tf.mul(T_NN, tf.sub(logT_NN, logP_NN))), tf.sum(present_N));
  return symmetric ? halfSum(forward, tf.div(tf.sum(backward(T_NN, logP_NN)), tf.sum(present_N))) : forward;
}

/** KL(P, T) of each row, `[N, 1]`, log T held from below; 0 of a row without a target. */
function backward(T_NN: tf.Tensor2D, logP_NN: tf.Tensor2D): tf.Tensor {
  const logT_NN = tf.log(tf.maximum(T_NN, leastTarget));
  const rows_N1 = tf.sum(tf.mul(tf.exp(logP_NN), tf.sub(logP_NN, logT_NN)), 1, true);
  return tf.mul(rows_N1, tf.sum(T_NN, 1, true));
}

/**
 * align ½ (CE(L) + CE(Lᵀ)) + kl ½ (KL(S, L) + KL(Sᵀ, Lᵀ)); Sᵀ is normalised by its own rows. `present_N`,
 * where given, is 1 for a pair and 0 for an empty place of the batch, which weighs nothing.
 */
export function selipFromLogits(
  L_NN: tf.Tensor2D,
  S_NN: tf.Tensor2D,
  terms: SelipTerms = bothOnce,
  present_N: tf.Tensor1D = tf.ones([L_NN.shape[0]]),
): SelipLoss {
  const [Lt_NN, St_NN] = [tf.transpose(L_NN), tf.transpose(S_NN)];
  const align = halfSum(diagonalCrossEntropy(L_NN, present_N), diagonalCrossEntropy(Lt_NN, present_N));
  const kl = halfSum(
    softTargetDivergence(S_NN, L_NN, present_N, terms),
    softTargetDivergence(St_NN, Lt_NN, present_N, terms),
  );
  return { align, kl, total: tf.add(tf.mul(align, terms.align), tf.mul(kl, terms.kl)) };
}

/** The loss of embeddings v and t, `[N, D]`, not normalised. */
export function selip(
  v_ND: tf.Tensor2D,
  t_ND: tf.Tensor2D,
  S_NN: tf.Tensor2D,
  scale: tf.Scalar,
  terms?: SelipTerms,
  present_N?: tf.Tensor1D,
): SelipLoss {
  return selipFromLogits(similarityLogits(v_ND, t_ND, scale), S_NN, terms, present_N);
}

function halfSum(a: tf.Scalar, b: tf.Scalar): tf.Scalar {
  return tf.mul(tf.add(a, b), 0.5);
}
