/**
 * Convolutions with their normalisation, over two or three axes, channels last. B examples, C channels.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { groupNorm } from '#client/engine/nn/group-norm';
import { batchNorm, batchNormParameters, type TrainingPass } from './batch-norm.ts';
import { normParameters, type Parameter, sizeOf, weight, type Weights } from './parameters.ts';

/** One number for all axes, or one for each. */
export type PerAxis = number | readonly number[];

/** What all convolutions of a network have in common. */
export interface ConvolutionSizes {
  readonly axes: 2 | 3;
  /** Over groups of an example's channels (the default), or over the batch. */
  readonly norm?: 'group' | 'batch';
  /** Of group normalisations; a divisor of every number of channels. Default 8. */
  readonly groups?: number;
}

/** Filter and normalisation; filters are normal with variance 2 / (taps · outputs), for layers before a ReLU. */
export function convolutionParameters(
  name: string,
  kernel: readonly number[],
  inputs: number,
  outputs: number,
  normalisation: ConvolutionSizes['norm'] = 'group',
): readonly Parameter[] {
  const sd = Math.sqrt(2 / (sizeOf(kernel) * outputs));
  return [
    { name: `${name}.weight`, shape: [...kernel, inputs, outputs], init: { kind: 'normal', sd } },
    ...(normalisation === 'batch' ? batchNormParameters : normParameters)(`${name}.norm`, outputs),
  ];
}

/** Convolution, then normalisation, in training where it is told so. `[B, ...extents, C]`. */
export function convolved(
  weights: Weights,
  name: string,
  { axes, groups = 8, norm }: ConvolutionSizes,
  x: tf.Tensor,
  strides: PerAxis,
  training?: TrainingPass,
): tf.Tensor {
  const filter = weight(weights, `${name}.weight`);
  const y = convolve(x, filter, perAxis(strides, axes));
  if (norm === 'batch') return batchNorm(weights, `${name}.norm`, y, training);
  return groupNorm(y, groups, weight(weights, `${name}.norm.gain`), weight(weights, `${name}.norm.bias`));
}

function convolve(x: tf.Tensor, filter: tf.Tensor, strides: readonly number[]): tf.Tensor {
  const kernel = filter.shape.slice(0, -2);
  const padded = symmetric(x, kernel);
  return kernel.length === 2
    ? tf.conv2d(padded as tf.Tensor4D, filter as tf.Tensor4D, [...strides] as [number, number], 'valid') // two axes
    : tf.conv3d(padded as tf.Tensor5D, filter as tf.Tensor5D, [...strides] as [number, number, number], 'valid'); // three
}

/** The maximum over windows. What is pooled comes from a ReLU, so that zeros around it never win. */
export function largest(x: tf.Tensor, window: readonly number[], strides: readonly number[]): tf.Tensor {
  const padded = symmetric(x, window);
  return window.length === 2
    ? tf.maxPool(padded as tf.Tensor4D, [...window] as [number, number], [...strides] as [number, number], 'valid') // two axes
    : tf.maxPool3d(
        padded as tf.Tensor5D,
        [...window] as [number, number, number], // three axes
        [...strides] as [number, number, number],
        'valid',
      );
}

/** Zeros around the places: half a window, rounded down, on either side. */
function symmetric(x: tf.Tensor, window: readonly number[]): tf.Tensor {
  if (window.every((size) => size === 1)) return x;
  const around = window.map((size): [number, number] => [Math.floor(size / 2), Math.floor(size / 2)]);
  return tf.pad(x, [[0, 0], ...around, [0, 0]]);
}

/** One number per axis. */
export function perAxis(value: PerAxis, axes: number): readonly number[] {
  return typeof value === 'number' ? Array.from({ length: axes }, () => value) : value;
}
