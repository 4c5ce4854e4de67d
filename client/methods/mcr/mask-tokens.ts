/**
 * Hiding and bringing back tokens. N examples, T or P tokens, K of them visible, D features.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';

/** The tokens named by `ids_NK` (int32, counted within each example), in that order: `[N, K, D]`. */
export function gatherTokens(x_NTD: tf.Tensor3D, ids_NK: tf.Tensor2D): tf.Tensor3D {
  const [N, T, D] = x_NTD.shape;
  const K = ids_NK.shape[1];
  const starts_N1 = tf.mul(tf.range(0, N, 1, 'int32'), tf.scalar(T, 'int32')).reshape([N, 1]);
  const rows_M = tf.add(ids_NK, starts_N1).reshape<tf.Tensor1D>([N * K]);
  return tf.gather(x_NTD.reshape<tf.Tensor2D>([N * T, D]), rows_M).reshape([N, K, D]);
}

/** The decoder's input: every patch at its place, `token_D` where it is masked. `[N, K, D]` to `[N, P, D]`. */
export function unshuffle(visible_NKD: tf.Tensor3D, token_D: tf.Tensor1D, restore_NP: tf.Tensor2D): tf.Tensor3D {
  const [N, K, D] = visible_NKD.shape;
  const P = restore_NP.shape[1];
  const hidden = tf.tile(token_D.reshape<tf.Tensor3D>([1, 1, D]), [N, P - K, 1]);
  return gatherTokens(tf.concat([visible_NKD, hidden], 1), restore_NP);
}

/** Row `ids_NK` of a table for each place: `[P, D]` to `[N, K, D]`. */
export function gatherRows(x_PD: tf.Tensor2D, ids_NK: tf.Tensor2D): tf.Tensor3D {
  return tf.gather<tf.Tensor3D>(x_PD as unknown as tf.Tensor3D, ids_NK); // the result has the rank of the ids and one more
}

/** `token_D` in the place of the masked tokens, so that what stood there reaches nothing. `masked_NT` is 1 or 0. */
export function hideTokens(x_NTD: tf.Tensor3D, token_D: tf.Tensor1D, masked_NT: tf.Tensor2D): tf.Tensor3D {
  const [N, T] = masked_NT.shape;
  const masked_NT1 = masked_NT.reshape([N, T, 1]);
  return tf.add(tf.mul(x_NTD, tf.sub(1, masked_NT1)), tf.mul(token_D.reshape([1, 1, -1]), masked_NT1));
}
