/**
 * Low-rank adaptation of a linear layer: x W + (α/r) (x A) B, with W fixed. B begins at 0, so that the layer begins as it
 * was.
 *
 * Source: Hu et al. 2022 (arXiv 2106.09685), section 4.1; the factors transposed, for rows of x.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';

/** The two factors and how much they count. */
export interface Lora {
  readonly a_IR: tf.Tensor2D;
  readonly b_RO: tf.Tensor2D;
  readonly alpha: number;
  /** r, the inner extent of the factors. */
  readonly rank: number;
}

/** `[N, I]` to `[N, O]`. */
export function lora(x_NI: tf.Tensor2D, weight_IO: tf.Tensor2D, { a_IR, b_RO, alpha, rank }: Lora): tf.Tensor2D {
  const adapted_NO = tf.matMul(tf.matMul(x_NI, a_IR), b_RO);
  return tf.add(tf.matMul(x_NI, weight_IO), tf.mul(adapted_NO, alpha / rank));
}
