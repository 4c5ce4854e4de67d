/**
 * BrgSA: image and text both read from one learnt bank, which bridges the gap between them. N pairs, D features, K rows
 * of the bank `bank_KD`; v image, t text, v̂ and t̂ what they read.
 *
 * Source: BrgSA (arXiv 2501.03565) and its released code.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { infoNce, unit } from '../contrastive.ts';
import { meanWhere } from '../mean-where.ts';

/** 1 / τ with τ = 0.1, fixed. */
export const brgsaScale = 10;

/** α, β and γ of the paper. */
export interface BrgsaWeights {
  readonly mse: number;
  readonly info: number;
  readonly infoR: number;
}

/** The terms and their weighted sum. */
export interface BrgsaLoss {
  readonly mse: tf.Scalar;
  readonly info: tf.Scalar;
  readonly infoR: tf.Scalar;
  readonly total: tf.Scalar;
}

/** What rows are taken, and what comes of them. */
export interface BankRead {
  /** softmax(x bankᵀ): `[N, K]`, at least 0, the sum of a row 1. */
  readonly weights: tf.Tensor2D;
  /** CMKI(x) = softmax(x bankᵀ) bank: `[N, D]`. */
  readonly read: tf.Tensor2D;
}

const published: BrgsaWeights = { mse: 0.5, info: 1, infoR: 1 };

/** CMKI: no scale by sqrt(D), no keys apart from values, the same bank for both modalities. x is not normalised. */
export function readBank(x_ND: tf.Tensor2D, bank_KD: tf.Tensor2D): BankRead {
  const weights = tf.softmax(tf.matMul<tf.Tensor2D>(x_ND, bank_KD, false, true));
  return { weights, read: tf.matMul(weights, bank_KD) };
}

/** How much each row is used: the sum of its weights over the present x. `[K]`. */
export function bankUsage(x_ND: tf.Tensor2D, bank_KD: tf.Tensor2D, present_N?: tf.Tensor1D): tf.Tensor1D {
  const { weights } = readBank(x_ND, bank_KD);
  const counted = present_N === undefined ? weights : tf.mul(weights, present_N.reshape([-1, 1]));
  return tf.sum(counted, 0);
}

/**
 * α (mse(v̂, v) + mse(t̂, t)) + β INFO(v, t) + γ INFO(v̂, t̂), INFO being the sum CE(L) + CE(Lᵀ), not its half. The
 * squared errors are of vectors as they are and their gradient reaches encoders and bank alike; `present_N` as in
 * `infoNce`.
 */
export function brgsa(
  v_ND: tf.Tensor2D,
  t_ND: tf.Tensor2D,
  bank_KD: tf.Tensor2D,
  scale: tf.Scalar,
  weights: BrgsaWeights = published,
  present_N: tf.Tensor1D = tf.ones([v_ND.shape[0]]),
): BrgsaLoss {
  const vHat_ND = readBank(v_ND, bank_KD).read;
  const tHat_ND = readBank(t_ND, bank_KD).read;
  const mse = tf.add<tf.Scalar>(meanSquare(vHat_ND, v_ND, present_N), meanSquare(tHat_ND, t_ND, present_N));
  const info = bothWays(v_ND, t_ND, scale, present_N);
  const infoR = bothWays(vHat_ND, tHat_ND, scale, present_N);
  const contrast = tf.add<tf.Scalar>(tf.mul(info, weights.info), tf.mul(infoR, weights.infoR));
  return { mse, info, infoR, total: tf.add<tf.Scalar>(tf.mul(mse, weights.mse), contrast) };
}

/** ½ (cos(v, p) + cos(v̂, p)) for each image and prompt: `[N, C]`. The prompts p are not read from the bank. */
export function zeroShotScores(v_ND: tf.Tensor2D, prompts_CD: tf.Tensor2D, bank_KD: tf.Tensor2D): tf.Tensor2D {
  const p_CD = unit(prompts_CD);
  const own_NC = tf.matMul(unit(v_ND), p_CD, false, true);
  const read_NC = tf.matMul(unit(readBank(v_ND, bank_KD).read), p_CD, false, true);
  return tf.mul(tf.add(own_NC, read_NC), 0.5);
}

/** INFO(a, b) = CE(L) + CE(Lᵀ) with L = scale cos(a_i, b_j). */
function bothWays(a_ND: tf.Tensor2D, b_ND: tf.Tensor2D, scale: tf.Scalar, present_N: tf.Tensor1D): tf.Scalar {
  const { imageToText, textToImage } = infoNce(a_ND, b_ND, scale, present_N);
  return tf.add(imageToText, textToImage);
}

/** The mean over the elements of the present rows of (a - b)². */
function meanSquare(a_ND: tf.Tensor2D, b_ND: tf.Tensor2D, present_N: tf.Tensor1D): tf.Scalar {
  return meanWhere(tf.mean(tf.square(tf.sub(a_ND, b_ND)), 1), present_N);
}
