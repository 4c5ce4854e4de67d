/** Layer normalisation (Ba et al. 2016), one kernel when traced. @module */
import * as tf from '@tensorflow/tfjs';
import { fusedKernel } from '../kernels/fused.ts';
import { isTracing, runFused, withGradient } from './traced.ts';

/**
 * y = (x - mean) / sqrt(variance + layerNormEps) * scale + offset along the last axis; x `[..., D]`, scale and offset
 * `[D]`.
 */
export function layerNorm<T extends tf.Tensor>(x: T, scale: tf.Tensor, offset: tf.Tensor, layerNormEps = 1e-5): T {
  return withGradient([x, scale, offset], ([x_, scale_, offset_], save) => {
    const [y, mean, invStd] = normalised(x_!, scale_!, offset_!, layerNormEps);
    save([x_!, scale_!, mean!, invStd!]);
    return { value: y!, gradFunc: gradient };
  }) as T; // of x's rank
}

function normalised(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, eps: number): tf.Tensor[] {
  if (isTracing()) return runFused(fusedKernel.layerNorm, { x, scale, offset }, { eps });
  const mean = tf.mean(x, -1, true);
  const centred = tf.sub(x, mean);
  const invStd = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), eps));
  return [tf.add(tf.mul(tf.mul(centred, invStd), scale), offset), mean, invStd];
}

/** dx = (g - mean(g) - x̂ mean(g x̂)) / std with g = dy scale; d scale = sum(dy x̂), d offset = sum(dy). */
function gradient(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
  const [x, scale, mean, invStd] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]; // as saved above
  const leading = x.shape.slice(0, -1).map((_, i) => i);
  const normal = tf.mul(tf.sub(x, mean), invStd);
  const g = tf.mul(dy, scale);
  const along = tf.mul(normal, tf.mean(tf.mul(g, normal), -1, true));
  const dx = tf.mul(tf.sub(tf.sub(g, tf.mean(g, -1, true)), along), invStd);
  return [dx, tf.sum(tf.mul(dy, normal), leading), tf.sum(dy, leading)];
}
