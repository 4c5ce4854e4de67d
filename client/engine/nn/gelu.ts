/** GELU (Hendrycks and Gimpel 2016, section 2) by its tanh approximation, with the bias before it: one kernel when traced. @module */
import * as tf from '@tensorflow/tfjs';
import { fusedKernel } from '../kernels/fused.ts';
import { isTracing, runFused, withGradient } from './traced.ts';

const slope = Math.sqrt(2 / Math.PI);
const cubic = slope * 0.044715;

/**
 * y = u (1 + tanh(sqrt(2/pi) (u + 0.044715 u^3))) / 2 with u = x + bias, `[..., D]` and `[D]`. It is u sigmoid(v) with
 * v = 2 sqrt(2/pi) (u + 0.044715 u^3).
 */
export function biasGelu<T extends tf.Tensor>(x: T, bias: tf.Tensor): T {
  return withGradient([x, bias], ([x_, bias_], save) => {
    save([x_!, bias_!]);
    return {
      value: isTracing() ? runFused(fusedKernel.gelu, { x: x_!, bias: bias_! })[0]! : eager(tf.add(x_!, bias_!)),
      gradFunc,
    };
  }) as T; // of x's rank
}

function eager(u: tf.Tensor): tf.Tensor {
  return tf.mul(u, tf.sigmoid(tf.mul(u, steepness(u))));
}

function gradFunc(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
  const [x, bias] = saved as [tf.Tensor, tf.Tensor]; // as saved above
  const du = gradient(dy, tf.add(x, bias));
  const leading = x.shape.slice(0, -1).map((_, i) => i);
  return [du, tf.sum(du, leading)];
}

/** v / u. */
function steepness(u: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(tf.square(u), 2 * cubic), 2 * slope);
}

/** du = dy s (1 + (1 - s) u v') with s = sigmoid(v) and u v' = 3 v - 4 sqrt(2/pi) u. */
function gradient(dy: tf.Tensor, u: tf.Tensor): tf.Tensor {
  const a = steepness(u);
  const s = tf.sigmoid(tf.mul(a, u));
  const bend = tf.mul(tf.mul(tf.sub(a, (4 / 3) * slope), u), 3);
  return tf.mul(dy, tf.mul(s, tf.add(tf.mul(tf.sub(1, s), bend), 1)));
}
