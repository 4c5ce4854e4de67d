/**
 * A small vision transformer: patches, a learnt position for each, blocks, the mean over patches, a linear head.
 * Source: Dosovitskiy et al. 2021 (arXiv 2010.11929), section 3.1. Deviation: the mean over patches instead of a class
 * token, and positions that begin with standard deviation 1, which made small models learn about twice as fast.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { linear, transformer, transformerParameters, type TransformerSizes } from './layers.ts';
import { linearParameters, type Parameter, weight, type Weights } from './parameters.ts';

/** Sizes; images are square with one channel. */
export interface ImageEncoderSizes extends TransformerSizes {
  readonly size: number;
  readonly patch: number;
}

/** The parameters under `name`; `embedding` is the length of the result. */
export function imageEncoderParameters(
  name: string,
  sizes: ImageEncoderSizes,
  embedding: number,
): readonly Parameter[] {
  const tokens = (sizes.size / sizes.patch) ** 2;
  return [
    ...linearParameters(`${name}.patch`, sizes.patch ** 2, sizes.dim),
    { name: `${name}.position`, shape: [tokens, sizes.dim], init: { kind: 'normal', sd: 1 } },
    ...transformerParameters(name, sizes),
    { name: `${name}.head`, shape: [sizes.dim, embedding], init: { kind: 'uniform', bound: 1 / Math.sqrt(sizes.dim) } },
  ];
}

/** `[B, size, size]` to `[B, embedding]`, not normalised. */
export function encodeImage(weights: Weights, name: string, sizes: ImageEncoderSizes, x_BSS: tf.Tensor3D): tf.Tensor2D {
  const B = x_BSS.shape[0];
  const side = sizes.size / sizes.patch;
  const T = side * side;
  const patches = x_BSS.reshape([B, side, sizes.patch, side, sizes.patch]).transpose([0, 1, 3, 2, 4]);
  const x_MP = patches.reshape<tf.Tensor2D>([B * T, sizes.patch ** 2]);
  const x_BTD = tf.add(
    linear(weights, `${name}.patch`, x_MP).reshape([B, T, sizes.dim]),
    weight(weights, `${name}.position`),
  );
  const y_MD = transformer(weights, name, sizes, { B, T }, x_BTD.reshape<tf.Tensor2D>([B * T, sizes.dim]));
  const mean_BD = tf.mean(y_MD.reshape([B, T, sizes.dim]), 1).reshape<tf.Tensor2D>([B, sizes.dim]);
  return tf.matMul(mean_BD, weight<tf.Rank.R2>(weights, `${name}.head`));
}
