/**
 * The layers of both encoders. B examples, T tokens, D features, H heads, M = B T rows: activations are matrices, so
 * that every linear layer is one matrix product.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { selfAttention } from '#client/engine/nn/attention';
import { biasGelu } from '#client/engine/nn/gelu';
import { afterNorm, layerNorm, standardise } from '#client/engine/nn/layer-norm';
import type { Linear } from '#client/engine/nn/layer-norm';
import { linearParameters, normParameters, type Parameter, weight, type Weights } from './parameters.ts';

/** The sizes of a transformer, and its kind where it is another than ours. */
export interface TransformerSizes {
  readonly dim: number;
  readonly blocks: number;
  readonly heads: number;
  /** Where the normalisations stand: before each part and after the last (`pre`, the default), or after each, as in BERT. */
  readonly order?: 'pre' | 'post';
  /** `tanh`, the default, is the approximation that is one kernel; published checkpoints were trained with `exact`. */
  readonly gelu?: 'tanh' | 'exact';
  /** Default 1e-5. */
  readonly layerNormEps?: number;
  /** The outputs of so many of the last blocks are added up. Default 1. */
  readonly lastBlocks?: number;
}

const defaultEps = 1e-5;

/** y = x W + b. `[M, D]` to `[M, E]`. */
export function linear(weights: Weights, name: string, x_MD: tf.Tensor2D): tf.Tensor2D {
  return tf.add(tf.matMul(x_MD, weight<tf.Rank.R2>(weights, `${name}.weight`)), weight(weights, `${name}.bias`));
}

/** The linear layer on every token, before anything is aggregated. `[B, T, D]` to `[B, T, E]`. */
export function projectTokens(weights: Weights, name: string, x_BTD: tf.Tensor3D): tf.Tensor3D {
  const [B, T, D] = x_BTD.shape;
  return linear(weights, name, x_BTD.reshape<tf.Tensor2D>([B * T, D])).reshape([B, T, -1]);
}

/** The token in front. `[B, T, D]` to `[B, 1, D]`. */
export function firstToken(x_BTD: tf.Tensor3D): tf.Tensor3D {
  return tf.slice(x_BTD, [0, 0, 0], [-1, 1, -1]);
}

/** Layer normalisation with gain and bias over the last axis. */
export function norm(weights: Weights, name: string, x_MD: tf.Tensor2D, layerNormEps = defaultEps): tf.Tensor2D {
  const [gain, bias] = [weight<tf.Rank.R1>(weights, `${name}.gain`), weight<tf.Rank.R1>(weights, `${name}.bias`)];
  return layerNorm(x_MD, gain, bias, layerNormEps);
}

/** GELU of x + bias, `[M, D]` and `[D]`: by its approximation, or u ½ (1 + erf(u / √2)). */
function activated({ gelu = 'tanh' }: TransformerSizes, x_MD: tf.Tensor2D, bias_D: tf.Tensor): tf.Tensor2D {
  return gelu === 'tanh' ? biasGelu(x_MD, bias_D) : exactGelu(tf.add<tf.Tensor2D>(x_MD, bias_D));
}

/** x ½ (1 + erf(x / √2)). */
export function exactGelu<T extends tf.Tensor>(x: T): T {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

/** Parameters of the blocks, and of the normalisation after them or, with `post`, before them. */
export function transformerParameters(name: string, { dim, blocks }: TransformerSizes): readonly Parameter[] {
  const blockParameters = Array.from({ length: blocks }, (_, i) => [
    ...normParameters(`${name}.block${i}.norm1`, dim),
    ...linearParameters(`${name}.block${i}.qkv`, dim, 3 * dim),
    ...linearParameters(`${name}.block${i}.out`, dim, dim),
    ...normParameters(`${name}.block${i}.norm2`, dim),
    ...linearParameters(`${name}.block${i}.mlp1`, dim, 4 * dim),
    ...linearParameters(`${name}.block${i}.mlp2`, 4 * dim, dim),
  ]);
  return [...blockParameters.flat(), ...normParameters(`${name}.norm`, dim)];
}

/** Rows of a batch: B examples of T tokens each. */
export interface Rows {
  readonly B: number;
  readonly T: number;
}

/** Is shown what the attention of each block reads, and the layer that makes queries, keys and values of it. */
export type OnAttention = (x_MD: tf.Tensor2D, qkv: Linear, rows: Rows) => void;

/**
 * The blocks and their normalisations. `[M, D]` to `[M, D]`. `keyBias_B11T` is added to the attention scores before the
 * softmax: 0 where a token may be attended to, hugely negative where it is padding.
 */
export function transformer(
  weights: Weights,
  name: string,
  sizes: TransformerSizes,
  rows: Rows,
  x_MD: tf.Tensor2D,
  keyBias_B11T?: tf.Tensor4D,
  onAttention?: OnAttention,
): tf.Tensor2D {
  const blocks = sizes.order === 'post' ? postNorm : preNorm;
  return blocks(weights, name, sizes, rows, x_MD, keyBias_B11T, onAttention);
}

type Blocks = typeof transformer;

/** x + attention(norm(x)), then x + mlp(norm(x)), for each block; then the normalisation. */
const preNorm: Blocks = (weights, name, sizes, rows, x_MD, keyBias_B11T, onAttention) => {
  const { layerNormEps = defaultEps } = sizes;
  let x = x_MD;
  const outputs = [x];
  for (let i = 0; i < sizes.blocks; i++) {
    const block = `${name}.block${i}`;
    x = tf.add(x, attention(weights, block, sizes, rows, standardise(x, layerNormEps), keyBias_B11T, onAttention));
    const { weight: up, bias } = normed(weights, `${block}.norm2`, `${block}.mlp1`);
    const hidden = activated(sizes, tf.matMul<tf.Tensor2D>(standardise(x, layerNormEps), up), bias);
    x = tf.add(x, linear(weights, `${block}.mlp2`, hidden));
    outputs.push(x);
  }
  return norm(weights, `${name}.norm`, lastOf(outputs, sizes), layerNormEps);
};

/** The normalisation; then norm(x + attention(x)) and norm(x + mlp(x)) for each block (Devlin et al. 2019). */
const postNorm: Blocks = (weights, name, sizes, rows, x_MD, keyBias_B11T, onAttention) => {
  const { heads, layerNormEps } = sizes;
  let x = norm(weights, `${name}.norm`, x_MD, layerNormEps);
  const outputs = [x];
  for (let i = 0; i < sizes.blocks; i++) {
    const block = `${name}.block${i}`;
    const qkv = linearOf(weights, `${block}.qkv`);
    onAttention?.(x, qkv, rows);
    const mixed = selfAttention(x, qkv, { ...rows, heads }, keyBias_B11T);
    x = norm(weights, `${block}.norm1`, tf.add(x, linear(weights, `${block}.out`, mixed)), layerNormEps);
    const { weight: up, bias } = linearOf(weights, `${block}.mlp1`);
    const hidden = activated(sizes, tf.matMul<tf.Tensor2D>(x, up), bias);
    x = norm(weights, `${block}.norm2`, tf.add(x, linear(weights, `${block}.mlp2`, hidden)), layerNormEps);
    outputs.push(x);
  }
  return lastOf(outputs, sizes);
};

/** The sum of the last outputs. */
function lastOf(outputs: readonly tf.Tensor2D[], { lastBlocks = 1 }: TransformerSizes): tf.Tensor2D {
  return outputs.slice(-lastBlocks).reduce((sum, output) => tf.add(sum, output));
}

function linearOf(weights: Weights, name: string): Linear {
  return { weight: weight(weights, `${name}.weight`), bias: weight(weights, `${name}.bias`) };
}

/** The linear layer `name` with the normalisation before it, for standardised rows. */
function normed(weights: Weights, before: string, name: string): Linear {
  const [scale, offset] = [weight(weights, `${before}.gain`), weight(weights, `${before}.bias`)];
  return afterNorm({ scale, offset }, linearOf(weights, name));
}

/** softmax(Q Kᵀ / sqrt(D/H) + bias) V for each head of the standardised rows, normalised; then a linear layer. */
function attention(
  weights: Weights,
  block: string,
  { heads }: TransformerSizes,
  rows: Rows,
  x_MD: tf.Tensor2D,
  keyBias_B11T: tf.Tensor4D | undefined,
  onAttention: OnAttention | undefined,
): tf.Tensor2D {
  const qkv = normed(weights, `${block}.norm1`, `${block}.qkv`);
  onAttention?.(x_MD, qkv, rows);
  return linear(weights, `${block}.out`, selfAttention(x_MD, qkv, { ...rows, heads }, keyBias_B11T));
}
