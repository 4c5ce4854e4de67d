/**
 * Attention of several heads (Vaswani et al. 2017, section 3.2). B examples, T tokens, H heads of width W, D = H W,
 * M = B T rows. The gradient of the softmax takes its row sums from the output, which is narrower than the scores.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { withGradient } from './traced.ts';

/** Rows of a batch, and the heads that share their features. */
export interface AttentionSizes {
  readonly B: number;
  readonly T: number;
  readonly heads: number;
}

/**
 * softmax(Q Kᵀ / sqrt(W) + bias) V for each head, side by side: `[M, D]` of `x_MD`, with Q, K and V the thirds of
 * x weight + bias; weight `[D, 3 D]`, bias `[3 D]`. `keyBias` broadcasts to the scores `[B, H, T, T]`; it is a mask, and
 * no gradient reaches it.
 */
export function selfAttention(
  x_MD: tf.Tensor2D,
  { weight, bias }: { readonly weight: tf.Tensor; readonly bias: tf.Tensor },
  { B, T, heads }: AttentionSizes,
  keyBias?: tf.Tensor,
): tf.Tensor2D {
  const width = x_MD.shape[1] / heads;
  const weights = tf.split(weight, 3, 1);
  const biases = tf.split(bias, 3);
  const [q, k, v] = weights.map((each, i) => {
    const factor = i === 0 ? 1 / Math.sqrt(width) : 1; // on the weights of Q, which are fewer than the scores
    const part = tf.add(tf.matMul(x_MD, tf.mul(each, factor)), tf.mul(biases[i]!, factor)); // as many as weights
    return tf.transpose(tf.reshape(part, [B, T, heads, width]), [0, 2, 1, 3]);
  }) as [tf.Tensor, tf.Tensor, tf.Tensor]; // thirds
  return tf.reshape(tf.transpose(attended(q, k, v, keyBias), [0, 2, 1, 3]), x_MD.shape);
}

/** softmax(q kᵀ + keyBias) v, all `[B, H, T, W]`. */
function attended(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, keyBias: tf.Tensor | undefined): tf.Tensor {
  return withGradient([q, k, v], ([q_, k_, v_], save) => {
    const scores = tf.matMul(q_!, k_!, false, true);
    const share = tf.softmax(keyBias === undefined ? scores : tf.add(scores, keyBias));
    const value = tf.matMul(share, v_!);
    save([q_!, k_!, v_!, share, value]);
    return { value, gradFunc: gradient };
  });
}

/** With P the shares and O the output: dV = Pᵀ dO, dS = P (dO Vᵀ - sum(dO O)) along the last axis, dQ = dS K, dK = dSᵀ Q. */
function gradient(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
  const [q, k, v, share, value] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]; // as saved above
  const along = tf.sum(tf.mul(dy, value), -1, true);
  const scores = tf.mul(share, tf.sub(tf.matMul(dy, v, false, true), along));
  return [tf.matMul(scores, k), tf.matMul(scores, q, true), tf.matMul(share, dy, true)];
}
