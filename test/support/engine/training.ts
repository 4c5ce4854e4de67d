/** Fixed weights, fixed batches and an optimiser for the test models of the engine. @module */
import * as tf from '@tensorflow/tfjs';
import { together } from '#client/engine/nn/together';
import { sizeOf } from '#client/engine/shapes';
import type { TrainingParts } from '#client/engine/transform/training-program';
import type { HostValues, TensorSpec } from '#client/engine/types';

/** Values with their shapes. */
export type Weights = Readonly<Record<string, { readonly shape: readonly number[]; readonly values: Float32Array }>>;

/** Numbers in [-0.5, 0.5), the same for the same seed. */
export function uniform(seed: number): () => number {
  let z = seed;
  return () => {
    z = (Math.imul(z, 1664525) + 1013904223) >>> 0;
    return z / 4294967296 - 0.5;
  };
}

/** Numbers of mean 0 and standard deviation 1, nearly normal. */
export function gaussian(seed: number): () => number {
  const draw = uniform(seed);
  return () => (draw() + draw() + draw() + draw()) * Math.sqrt(3);
}

export function filled(shape: readonly number[], value: () => number): Weights[string] {
  return { shape, values: Float32Array.from({ length: sizeOf(shape) }, value) };
}

/** AdamW's two moments of every weight, at zero. */
export function zerosLike(weights: Weights): Weights {
  const moments = Object.entries(weights).flatMap(([name, { shape }]) =>
    ['m.', 'v.'].map((prefix) => [prefix + name, filled(shape, () => 0)] as const),
  );
  return Object.fromEntries(moments);
}

export function shapesOf(weights: Weights): Record<string, TensorSpec> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape }]) => [name, { shape, dtype: 'float32' as const }]),
  );
}

export function valuesOf(weights: Weights): HostValues {
  return Object.fromEntries(Object.entries(weights).map(([name, { values }]) => [name, values]));
}

const beta1 = 0.9;
const beta2 = 0.999;
const adamEps = 1e-8;
const decay = 0.05;

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2) over the weights; the step number is the scalar `t`. The moments are kept
 * as m / (1 - beta1) and v / (1 - beta2), which is three passes over every weight less.
 */
export function adamw(weights: Weights, learningRate: number): Omit<TrainingParts, 'batch'> {
  return {
    weights: shapesOf(weights),
    slots: shapesOf(zerosLike(weights)),
    scalars: { t: { shape: [], dtype: 'float32' } },
    update: (old, gradients, { t }) => {
      const rate = tf.div(learningRate * (1 - beta1), tf.sub(1, tf.pow(beta1, t!)));
      const unbias = tf.sqrt(tf.div(1 - beta2, tf.sub(1, tf.pow(beta2, t!))));
      const [factor, least] = [tf.div(unbias, rate), tf.div(adamEps, rate)];
      const names = Object.keys(weights);
      const all = together(names.map((name) => weights[name]!.shape));
      const joined = (of: (name: string) => tf.Tensor): readonly tf.Tensor[] => all.join(names.map(of));
      const gradient = joined((name) => gradients[name]!);
      const m = joined((name) => old.slots[`m.${name}`]!).map((one, i) => tf.add(tf.mul(one, beta1), gradient[i]!));
      const v = joined((name) => old.slots[`v.${name}`]!).map((one, i) =>
        tf.add(tf.mul(one, beta2), tf.mul(gradient[i]!, gradient[i]!)),
      );
      const moved = joined((name) => old.weights[name]!).map((weight, i) => {
        const decayed = weight.rank > 1 ? tf.mul(weight, 1 - learningRate * decay) : weight;
        return tf.sub(decayed, tf.div(m[i]!, tf.add(tf.mul(tf.sqrt(v[i]!), factor), least)));
      });
      const named = (prefix: string, tensors: readonly tf.Tensor[]): Record<string, tf.Tensor> =>
        Object.fromEntries(all.apart(tensors).map((tensor, i) => [`${prefix}${names[i]!}`, tensor]));
      return { weights: named('', moved), slots: { ...named('m.', m), ...named('v.', v) } };
    },
  };
}
