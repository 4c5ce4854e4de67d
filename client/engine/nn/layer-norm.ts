/**
 * Layer normalisation (Ba et al. 2016), one kernel when traced. Before a linear layer its scale and offset go into that
 * layer's weights, which are fewer than the activations.
 *
 * @module
 */
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

/** (x - mean) / sqrt(variance + layerNormEps) along the last axis. */
export function standardise<T extends tf.Tensor>(x: T, layerNormEps = 1e-5): T {
  return withGradient([x], ([x_], save) => {
    const [y, invStd] = standardised(x_!, layerNormEps) as [tf.Tensor, tf.Tensor];
    save([y, invStd]);
    return { value: y, gradFunc: throughStandardise };
  }) as T; // of x's rank
}

function standardised(x: tf.Tensor, eps: number): tf.Tensor[] {
  if (isTracing()) return runFused(fusedKernel.standardise, { x }, { eps });
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const invStd = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), eps));
  return [tf.mul(centred, invStd), invStd];
}

/** dx = (dy - mean(dy) - y mean(dy y)) / std. */
function throughStandardise(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor {
  const [y, invStd] = saved as [tf.Tensor, tf.Tensor]; // as saved above
  const along = tf.mul(y, tf.mean(tf.mul(dy, y), -1, true));
  return tf.mul(tf.sub(tf.sub(dy, tf.mean(dy, -1, true)), along), invStd);
}

/** Scale and offset `[D]` of a normalisation. */
export interface Norm {
  readonly scale: tf.Tensor;
  readonly offset: tf.Tensor;
}

/** A linear layer: weight `[D, E]`, bias `[E]`. */
export interface Linear {
  readonly weight: tf.Tensor;
  readonly bias: tf.Tensor;
}

/** The linear layer that does to `standardise(x)` what `linear` does to the normalised x. */
export function afterNorm({ scale, offset }: Norm, { weight, bias }: Linear): Linear {
  const moved = tf.matMul(tf.reshape(offset, [1, -1]), weight);
  return { weight: tf.mul(tf.reshape(scale, [-1, 1]), weight), bias: tf.add(tf.reshape(moved, [-1]), bias) };
}
