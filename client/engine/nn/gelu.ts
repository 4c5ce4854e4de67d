/** GELU (Hendrycks and Gimpel 2016, section 2) by its tanh approximation, one kernel when traced. @module */
import * as tf from '@tensorflow/tfjs';
import { fusedKernel } from '../kernels/fused.ts';
import { isTracing, runFused, withGradient } from './traced.ts';

const slope = Math.sqrt(2 / Math.PI);
const cubic = slope * 0.044715;

/** y = x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2, which is x sigmoid(v) with v = 2 sqrt(2/pi) (x + 0.044715 x^3). */
export function gelu<T extends tf.Tensor>(x: T): T {
  return withGradient([x], ([x_], save) => {
    save([x_!]);
    const value = isTracing()
      ? runFused(fusedKernel.gelu, { x: x_! })[0]!
      : tf.mul(x_!, tf.sigmoid(tf.mul(x_!, steepness(x_!))));
    return { value, gradFunc: (dy, [saved]) => gradient(dy, saved!) };
  }) as T; // of x's rank
}

/** v / x. */
function steepness(x: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(tf.square(x), 2 * cubic), 2 * slope);
}

/** dx = dy s (1 + (1 - s) x v') with s = sigmoid(v) and x v' = 3 v - 4 sqrt(2/pi) x. */
function gradient(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const a = steepness(x);
  const s = tf.sigmoid(tf.mul(a, x));
  const bend = tf.mul(tf.mul(tf.sub(a, (4 / 3) * slope), x), 3);
  return tf.mul(dy, tf.mul(s, tf.add(tf.mul(tf.sub(1, s), bend), 1)));
}
