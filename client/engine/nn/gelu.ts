/** GELU (Hendrycks and Gimpel 2016, section 2) by its tanh approximation, one kernel when traced. @module */
import * as tf from '@tensorflow/tfjs';
import { fusedKernel } from '../kernels/fused.ts';
import { isTracing, runFused, withGradient } from './traced.ts';

const slope = Math.sqrt(2 / Math.PI);
const cubic = slope * 0.044715;

/** y = x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2. */
export function gelu<T extends tf.Tensor>(x: T): T {
  return withGradient([x], ([x_], save) => {
    save([x_!]);
    const value = isTracing()
      ? runFused(fusedKernel.gelu, { x: x_! })[0]!
      : tf.mul(x_!, gate(x_!, tf.square(x_!)).open);
    return { value, gradFunc: (dy, [saved]) => gradient(dy, saved!) };
  }) as T; // of x's rank
}

/** (1 + t) / 2 with t = tanh(sqrt(2/pi) (x + 0.044715 x^3)), and t. */
function gate(x: tf.Tensor, x2: tf.Tensor): { readonly open: tf.Tensor; readonly t: tf.Tensor } {
  const t = tf.tanh(tf.mul(x, tf.add(tf.mul(x2, cubic), slope)));
  return { open: tf.add(tf.mul(t, 0.5), 0.5), t };
}

/** dx = dy ((1 + t) / 2 + x (1 - t^2) u' / 2) with u' = sqrt(2/pi) (1 + 3 * 0.044715 x^2). */
function gradient(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const x2 = tf.square(x);
  const { open, t } = gate(x, x2);
  const halfSlope = tf.add(tf.mul(x2, 1.5 * cubic), 0.5 * slope);
  const bend = tf.mul(tf.mul(x, tf.sub(1, tf.square(t))), halfSlope);
  return tf.mul(dy, tf.add(open, bend));
}
