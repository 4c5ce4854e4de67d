/** Fixed weights, fixed batches and an optimiser for the test models of the engine. @module */
import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '#client/engine/shapes';
import type { HostValues, StepProgram, Tensors, TensorSpec } from '#client/engine/types';

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

type Loss = (weights: Tensors, inputs: Tensors) => tf.Scalar;

const beta1 = 0.9;
const beta2 = 0.999;
const adamEps = 1e-8;
const decay = 0.05;

/** A step of AdamW (Loshchilov and Hutter 2019, algorithm 2) on the loss; the step number is the input `t`. */
export function adamw(names: readonly string[], loss: Loss, learningRate: number): StepProgram['step'] {
  return (state, inputs) => {
    const ofList = (...list: tf.Tensor[]): tf.Scalar =>
      loss(Object.fromEntries(names.map((name, i) => [name, list[i]!])), inputs);
    const { value, grads } = tf.valueAndGrads(ofList)(names.map((name) => state[name]!));
    const rate = tf.div(learningRate, tf.sub(1, tf.pow(beta1, inputs['t']!)));
    const unbias = tf.rsqrt(tf.sub(1, tf.pow(beta2, inputs['t']!)));
    const next: Record<string, tf.Tensor> = {};
    names.forEach((name, i) => {
      const grad = grads[i]!;
      const weight = state[name]!;
      const m = tf.add(tf.mul(state[`m.${name}`]!, beta1), tf.mul(grad, 1 - beta1));
      const v = tf.add(tf.mul(state[`v.${name}`]!, beta2), tf.mul(tf.mul(grad, grad), 1 - beta2));
      const decayed = weight.rank > 1 ? tf.mul(weight, 1 - learningRate * decay) : weight;
      const move = tf.div(tf.mul(m, rate), tf.add(tf.mul(tf.sqrt(v), unbias), adamEps));
      Object.assign(next, { [name]: tf.sub(decayed, move), [`m.${name}`]: m, [`v.${name}`]: v });
    });
    return { state: next, outputs: { loss: value } };
  };
}
