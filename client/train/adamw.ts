/**
 * AdamW as arithmetic on tensors; its moments are state beside the weights. What changes from step to step comes in as
 * scalars, so that the step can be compiled once.
 *
 * Source: Loshchilov & Hutter, "Decoupled weight decay regularization" (arXiv 1711.05101), algorithm 2. Deviation: the
 * decay is scaled by the learning rate, as in PyTorch, and falls on matrices only.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import type { HostValues, TensorSpec } from '#client/engine/types';
import type { TrainingConfig } from '#client/methods/config';

/** A parameter with its moments as m / (1 - beta1) and v / (1 - beta2), which takes fewer passes over them. */
export interface Moments {
  readonly weight: tf.Tensor;
  readonly m: tf.Tensor;
  readonly v: tf.Tensor;
}

/** The scalars that a step takes beside the gradient. */
export interface AdamScalars {
  readonly learningRate: tf.Tensor;
  /** (1 - beta1) / (1 - beta1^t). */
  readonly mCorrection: tf.Tensor;
  /** (1 - beta2) / (1 - beta2^t). */
  readonly vCorrection: tf.Tensor;
}

export const adamSpecs: Readonly<Record<keyof AdamScalars, TensorSpec>> = {
  learningRate: { shape: [], dtype: 'float32' },
  mCorrection: { shape: [], dtype: 'float32' },
  vCorrection: { shape: [], dtype: 'float32' },
};

/** The scalars of step t, counted from 1 since the moments were zero. */
export function adamValues(t: number, learningRate: number, { beta1, beta2 }: TrainingConfig): HostValues {
  return {
    learningRate: Float32Array.of(learningRate),
    mCorrection: Float32Array.of((1 - beta1) / (1 - beta1 ** t)),
    vCorrection: Float32Array.of((1 - beta2) / (1 - beta2 ** t)),
  };
}

/** w - rate (m̂ / (sqrt(v̂) + eps) + decay w), with the new moments. */
export function adamW(old: Moments, gradient: tf.Tensor, scalars: AdamScalars, config: TrainingConfig): Moments {
  const { beta1, beta2, adamEps, weightDecay } = config;
  const m = tf.add(tf.mul(old.m, beta1), gradient);
  const v = tf.add(tf.mul(old.v, beta2), tf.mul(gradient, gradient));
  const { learningRate, mCorrection, vCorrection } = scalars;
  // learningRate may be zero, so it multiplies; the scalars are worked out once for all parameters.
  const step = tf.mul(mCorrection, learningRate);
  const moved = tf.mul(tf.div(m, tf.add(tf.mul(tf.sqrt(v), tf.sqrt(vCorrection)), adamEps)), step);
  const decays = old.weight.shape.length > 1 && weightDecay > 0;
  const kept = decays ? tf.mul(old.weight, tf.sub(1, tf.mul(learningRate, weightDecay))) : old.weight;
  return { weight: tf.sub(kept, moved), m, v };
}

/** The gradients, scaled down together so that their common L2 norm is at most `greatest`. */
export function clippedByNorm(gradients: readonly tf.Tensor[], greatest: number): readonly tf.Tensor[] {
  const squares = gradients.map((gradient) => tf.sum(tf.mul(gradient, gradient)));
  const norm = tf.sqrt(tf.add(tf.addN(squares), 1e-12));
  const factor = tf.minimum(tf.div(greatest, norm), 1);
  return gradients.map((gradient) => tf.mul(gradient, factor));
}
