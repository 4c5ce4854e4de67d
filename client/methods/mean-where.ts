/** Means that leave places out. @module */
import * as tf from '@tensorflow/tfjs';

/** The mean of the values where `where`, of the same shape, is 1; 0 where it is 0 everywhere. */
export function meanWhere(values: tf.Tensor, where: tf.Tensor): tf.Scalar {
  return tf.div(tf.sum(tf.mul(values, where)), tf.maximum(tf.sum(where), 1)).asScalar();
}
