/**
 * Batch normalisation: statistics of the batch in training, running ones at inference. All of it is a site's own, so that a
 * scanner's brightness is taken off where it is known and no statistic of patients is sent. B examples, S places, C
 * channels.
 *
 * Sources: Ioffe and Szegedy 2015 (arXiv 1502.03167), algorithms 1 and 2, with PyTorch's momentum and its unbiased running
 * variance; Li et al. 2021 (arXiv 2102.07623, FedBN), section 3, for gain and bias, too, not being averaged.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { type Parameter, weight, type Weights } from './parameters.ts';

const batchNormEps = 1e-5;

/** The share of a step's statistics in the running ones. */
const momentum = 0.1;

/** What a layer that behaves otherwise in training is told. */
export interface TrainingPass {
  /** Says what a parameter that the optimiser does not move is after the step. */
  readonly keep: (name: string, value: tf.Tensor) => void;
  /** `[B]`, 1 for an example and 0 for an empty place, which then has no part in the statistics; default all 1. */
  readonly present_B?: tf.Tensor;
}

/** Gain 1, bias 0, and the running mean 0 and variance 1, under `name`; they never leave a site. */
export function batchNormParameters(name: string, channels: number): readonly Parameter[] {
  const parameter = (part: string, value: number): Parameter => ({
    name: `${name}.${part}`,
    shape: [channels],
    init: { kind: 'constant', value },
    kept: 'local',
  });
  return [
    parameter('gain', 1),
    parameter('bias', 0),
    { ...parameter('mean', 0), trained: false },
    { ...parameter('variance', 1), trained: false },
  ];
}

/** (x - mean) / sqrt(variance + eps) · gain + bias, by channels. `[B, ...extents, C]`. */
export function batchNorm(weights: Weights, name: string, x: tf.Tensor, training?: TrainingPass): tf.Tensor {
  const [B, C] = [x.shape[0], x.shape.at(-1)!]; // a batch of tensors with channels
  const x_BSC = x.reshape<tf.Tensor3D>([B, -1, C]);
  const { mean, variance } =
    training === undefined ? running(weights, name) : movingStatistics(weights, name, x_BSC, training);
  const factor_C = tf.div(weight(weights, `${name}.gain`), tf.sqrt(tf.add(variance, batchNormEps)));
  const y_BSC = tf.add(tf.mul(tf.sub(x_BSC, mean), factor_C), weight(weights, `${name}.bias`));
  return y_BSC.reshape(x.shape);
}

/** `[C]` each. */
interface Statistics {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

function running(weights: Weights, name: string): Statistics {
  return { mean: weight(weights, `${name}.mean`), variance: weight(weights, `${name}.variance`) };
}

/** The batch's statistics; the running ones move towards them. */
function movingStatistics(weights: Weights, name: string, x_BSC: tf.Tensor3D, training: TrainingPass): Statistics {
  const [B, S] = x_BSC.shape;
  const present_B11 = (training.present_B ?? tf.ones([B])).reshape([B, 1, 1]);
  const count = tf.maximum(tf.mul(tf.sum(present_B11), S), 1);
  const over = (values_BSC: tf.Tensor): tf.Tensor => tf.div(tf.sum(tf.mul(values_BSC, present_B11), [0, 1]), count);
  const mean = over(x_BSC);
  const variance = over(tf.square(tf.sub(x_BSC, mean)));
  const old = running(weights, name);
  const unbiased = tf.mul(variance, tf.div(count, tf.maximum(tf.sub(count, 1), 1)));
  training.keep(`${name}.mean`, moved(old.mean, mean));
  training.keep(`${name}.variance`, moved(old.variance, unbiased));
  return { mean, variance };
}

function moved(old: tf.Tensor, now: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(old, 1 - momentum), tf.mul(now, momentum));
}
