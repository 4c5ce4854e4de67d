/**
 * A vision transformer over images or volumes: patches, a learnt position for each, blocks, one token for all, a linear
 * head. B examples, T tokens, D features, q values of a patch, M = B T rows.
 *
 * Source: Dosovitskiy et al. 2021 (arXiv 2010.11929), section 3.1. Deviation: unless a class token is asked for, the mean
 * over patches, and positions that begin with standard deviation 1, which made small models learn about twice as fast.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { UsageError } from '#shared/errors';
import {
  firstToken,
  linear,
  type OnAttention,
  transformer,
  transformerParameters,
  type TransformerSizes,
} from './layers.ts';
import { linearParameters, type Parameter, sizeOf, weight, type Weights } from './parameters.ts';

/** Sizes of the images and of the encoder. */
export interface ImageEncoderSizes extends TransformerSizes {
  /** Pixels along each axis, `[height, width]` or `[depth, height, width]`; one number for a square image. */
  readonly size: number | readonly number[];
  /** Of a patch, likewise. */
  readonly patch: number | readonly number[];
  /** Default 1. */
  readonly channels?: number;
  /** What stands for all tokens: their mean (the default), or a learnt token in front of them. */
  readonly pool?: 'mean' | 'class';
}

/** How an image falls into patches. */
export interface PatchGrid {
  /** Patches along each axis. */
  readonly grid: readonly number[];
  /** Pixels of a patch along each axis. */
  readonly patch: readonly number[];
  /** Patches of an image. */
  readonly patches: number;
  readonly channels: number;
  /** q. */
  readonly values: number;
}

/** The patches of an image of these sizes. @throws UsageError (badArgument) if the patches do not tile it */
export function patchGrid({ size, patch, channels = 1 }: ImageEncoderSizes): PatchGrid {
  const extents = typeof size === 'number' ? [size, size] : size;
  const each = typeof patch === 'number' ? extents.map(() => patch) : patch;
  const grid = extents.map((extent, axis) => extent / (each[axis] ?? 0));
  if (each.length !== extents.length || !grid.every(Number.isInteger)) {
    throw new UsageError('badArgument', `patches of ${each.join(' x ')} do not tile ${extents.join(' x ')}`);
  }
  return { grid, patch: each, patches: sizeOf(grid), channels, values: sizeOf(each) * channels };
}

/** The parameters under `name`; `embedding` is the length of the result. */
export function imageEncoderParameters(
  name: string,
  sizes: ImageEncoderSizes,
  embedding: number,
): readonly Parameter[] {
  const { patches, values } = patchGrid(sizes);
  return [
    ...linearParameters(`${name}.patch`, values, sizes.dim),
    { name: `${name}.position`, shape: [patches, sizes.dim], init: { kind: 'normal', sd: 1 } },
    ...classToken(name, sizes),
    ...transformerParameters(name, sizes),
    { name: `${name}.head`, shape: [sizes.dim, embedding], init: { kind: 'uniform', bound: 1 / Math.sqrt(sizes.dim) } },
  ];
}

function classToken(name: string, { pool, dim }: ImageEncoderSizes): readonly Parameter[] {
  return pool === 'class' ? [{ name: `${name}.class`, shape: [dim], init: { kind: 'normal', sd: 0.02 } }] : [];
}

/** `[B, ...size]`, or `[B, ...size, channels]`, to `[B, embedding]`, not normalised. */
export function encodeImage(weights: Weights, name: string, sizes: ImageEncoderSizes, x: tf.Tensor): tf.Tensor2D {
  const y_BTD = imageTokens(weights, name, sizes, embedPatches(weights, name, sizes, x));
  const pooled_BD = sizes.pool === 'class' ? firstToken(y_BTD) : tf.mean(y_BTD, 1);
  return tf.matMul(
    pooled_BD.reshape<tf.Tensor2D>([y_BTD.shape[0], sizes.dim]),
    weight<tf.Rank.R2>(weights, `${name}.head`),
  );
}

/** The pixels of each patch, patches in rows and patches' pixels in rows: `[B T, q]`. */
export function cutPatches(sizes: ImageEncoderSizes, x: tf.Tensor): tf.Tensor2D {
  const { grid, patch, patches, channels, values } = patchGrid(sizes);
  const B = x.shape[0]; // a batch
  const axes = grid.map((_, axis) => axis);
  const split = grid.flatMap((count, axis) => [count, patch[axis]!]); // as many as axes
  const order = [0, ...axes.map((axis) => 1 + 2 * axis), ...axes.map((axis) => 2 + 2 * axis)];
  const last = channels === 1 ? [] : [channels];
  const cut = x.reshape([B, ...split, ...last]).transpose([...order, ...last.map(() => order.length)]);
  return cut.reshape<tf.Tensor2D>([B * patches, values]);
}

/** The patches as tokens with their positions, before the blocks. `[B, T, D]`. */
export function embedPatches(weights: Weights, name: string, sizes: ImageEncoderSizes, x: tf.Tensor): tf.Tensor3D {
  const x_Mq = cutPatches(sizes, x);
  const [B, T] = [x.shape[0], patchGrid(sizes).patches]; // a batch
  const x_BTD = linear(weights, `${name}.patch`, x_Mq).reshape<tf.Tensor3D>([B, T, sizes.dim]);
  return tf.add(x_BTD, weight(weights, `${name}.position`));
}

/**
 * The tokens after the blocks, normalised: of all patches or of some, and with `pool: 'class'` the class token in front
 * of them. `[B, T, D]` to `[B, T, D]` or `[B, 1 + T, D]`.
 */
export function imageTokens(
  weights: Weights,
  name: string,
  sizes: ImageEncoderSizes,
  patches_BTD: tf.Tensor3D,
  onAttention?: OnAttention,
): tf.Tensor3D {
  const x_BTD = sizes.pool === 'class' ? withClassToken(weights, name, patches_BTD) : patches_BTD;
  const [B, T, D] = x_BTD.shape;
  const x_MD = x_BTD.reshape<tf.Tensor2D>([B * T, D]);
  return transformer(weights, name, sizes, { B, T }, x_MD, undefined, onAttention).reshape([B, T, D]);
}

function withClassToken(weights: Weights, name: string, x_BTD: tf.Tensor3D): tf.Tensor3D {
  const [B, , D] = x_BTD.shape;
  const class_B1D = tf.tile(weight(weights, `${name}.class`).reshape<tf.Tensor3D>([1, 1, D]), [B, 1, 1]);
  return tf.concat([class_B1D, x_BTD], 1);
}
