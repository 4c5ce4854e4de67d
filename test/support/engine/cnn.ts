/** A small 3D residual network with group normalisation, channels last, trained on labels. @module */
import * as tf from '@tensorflow/tfjs';
import { groupNorm } from '#client/engine/nn/group-norm';
import { sizeOf } from '#client/engine/shapes';
import { plainStep } from '#client/engine/transform/training-program';
import type { TrainingProgram } from '#client/engine/transform/training-program';
import type { HostValues, StepProgram, Tensors, TensorSpec } from '#client/engine/types';
import { adamw, filled, uniform } from './training.ts';
import type { Weights } from './training.ts';

export interface CnnConfig {
  /** Depth, height, width, channels. */
  readonly volume: readonly [number, number, number, number];
  readonly channels: readonly number[];
  readonly groups: number;
  readonly classes: number;
}

export const smallCnn: CnnConfig = { volume: [8, 8, 8, 1], channels: [4, 8], groups: 2, classes: 3 };
/** The network of the speed figures: 32^3 voxels, in batches of 8. */
export const largeCnn: CnnConfig = { volume: [32, 32, 32, 1], channels: [16, 32, 64], groups: 4, classes: 4 };

export function cnnWeights({ volume, channels, classes }: CnnConfig): Weights {
  const weights: Record<string, Weights[string]> = {};
  const draw = uniform(3);
  const random = (name: string, shape: number[]): void => {
    const bound = Math.sqrt(24 / sizeOf(shape.slice(0, -1)));
    weights[name] = filled(shape, () => draw() * bound);
  };
  const norm = (name: string, width: number): void => {
    weights[`${name}.scale`] = filled([width], () => 1);
    weights[`${name}.offset`] = filled([width], () => 0);
  };
  let before = channels[0]!;
  random('stem', [3, 3, 3, volume[3], before]);
  norm('stemNorm', before);
  for (const [i, width] of channels.entries()) {
    random(`a${i}`, [3, 3, 3, before, width]);
    norm(`aNorm${i}`, width);
    random(`b${i}`, [3, 3, 3, width, width]);
    norm(`bNorm${i}`, width);
    if (i > 0) random(`short${i}`, [1, 1, 1, before, width]);
    before = width;
  }
  random('head', [before, classes]);
  weights['headBias'] = filled([classes], () => 0);
  return weights;
}

function cnnExamples({ volume }: CnnConfig, batch: number): Record<string, TensorSpec> {
  return {
    volume: { shape: [batch, ...volume], dtype: 'float32' },
    label: { shape: [batch], dtype: 'int32' },
  };
}

export function cnnBatch({ volume, classes }: CnnConfig, batch: number, t: number): HostValues {
  const draw = uniform(11 + t);
  return {
    volume: Float32Array.from({ length: batch * sizeOf(volume) }, () => 3.4 * draw()),
    label: Int32Array.from({ length: batch }, (_, i) => (i + t) % classes),
    t: Float32Array.of(t),
  };
}

function logits({ channels, groups }: CnnConfig, p: Tensors, volume: tf.Tensor): tf.Tensor {
  const conv = (x: tf.Tensor, name: string, stride: number, pad: 'same' | 'valid' = 'same'): tf.Tensor =>
    tf.conv3d(x as tf.Tensor5D, p[name] as tf.Tensor5D, stride, pad);
  const norm = (x: tf.Tensor, name: string): tf.Tensor =>
    groupNorm(x, groups, p[`${name}.scale`]!, p[`${name}.offset`]!);
  const stem = tf.relu(norm(conv(volume, 'stem', 1), 'stemNorm'));
  let x: tf.Tensor = tf.maxPool3d(stem as tf.Tensor5D, 2, 2, 'valid');
  for (const i of channels.keys()) {
    const stride = i > 0 ? 2 : 1;
    const inner = tf.relu(norm(conv(x, `a${i}`, stride), `aNorm${i}`));
    const residual = norm(conv(inner, `b${i}`, 1), `bNorm${i}`);
    x = tf.relu(tf.add(residual, i > 0 ? conv(x, `short${i}`, stride, 'valid') : x));
  }
  return tf.add(tf.matMul(tf.mean(x, [1, 2, 3]), p['head']!), p['headBias']!);
}

/** The training step in its parts: the mean cross-entropy of the labels. */
export function cnnProgram(config: CnnConfig, batch: number): TrainingProgram {
  return {
    ...adamw(cnnWeights(config), 1e-3),
    batch: cnnExamples(config, batch),
    loss: (p, { volume, label }) => {
      const picked = tf.mul(tf.logSoftmax(logits(config, p, volume!)), tf.oneHot(label!, config.classes));
      return tf.neg(tf.mean(tf.sum(picked, 1)));
    },
  };
}

/** The whole training step. State: the weights and AdamW's two moments of each. */
export function cnnStep(config: CnnConfig, batch: number): StepProgram {
  return plainStep(cnnProgram(config, batch));
}
