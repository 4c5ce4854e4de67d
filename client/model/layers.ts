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

/** The sizes of a transformer. */
export interface TransformerSizes {
  readonly dim: number;
  readonly blocks: number;
  readonly heads: number;
}

/** y = x W + b. `[M, D]` to `[M, E]`. */
export function linear(weights: Weights, name: string, x_MD: tf.Tensor2D): tf.Tensor2D {
  return tf.add(tf.matMul(x_MD, weight<tf.Rank.R2>(weights, `${name}.weight`)), weight(weights, `${name}.bias`));
}

/** Layer normalisation with gain and bias over the last axis. */
function norm(weights: Weights, name: string, x_MD: tf.Tensor2D): tf.Tensor2D {
  return layerNorm(x_MD, weight<tf.Rank.R1>(weights, `${name}.gain`), weight<tf.Rank.R1>(weights, `${name}.bias`));
}

/** Parameters of the blocks and of the normalisation after them. */
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

/**
 * Pre-norm transformer, then a layer normalisation. `[M, D]` to `[M, D]`. `keyBias_B11T` is added to the attention
 * scores before the softmax: 0 where a token may be attended to, hugely negative where it is padding.
 */
export function transformer(
  weights: Weights,
  name: string,
  sizes: TransformerSizes,
  rows: Rows,
  x_MD: tf.Tensor2D,
  keyBias_B11T?: tf.Tensor4D,
): tf.Tensor2D {
  let x = x_MD;
  for (let i = 0; i < sizes.blocks; i++) {
    const block = `${name}.block${i}`;
    x = tf.add(x, attention(weights, block, sizes, rows, standardise(x), keyBias_B11T));
    const { weight: up, bias } = normed(weights, `${block}.norm2`, `${block}.mlp1`);
    const hidden = biasGelu(tf.matMul<tf.Tensor2D>(standardise(x), up as tf.Tensor2D), bias);
    x = tf.add(x, linear(weights, `${block}.mlp2`, hidden));
  }
  return norm(weights, `${name}.norm`, x);
}

/** The linear layer `name` with the normalisation before it, for standardised rows. */
function normed(weights: Weights, norm: string, name: string): Linear {
  return afterNorm(
    { scale: weight(weights, `${norm}.gain`), offset: weight(weights, `${norm}.bias`) },
    { weight: weight(weights, `${name}.weight`), bias: weight(weights, `${name}.bias`) },
  );
}

/** softmax(Q Kᵀ / sqrt(D/H) + bias) V for each head of the standardised rows, normalised; then a linear layer. */
function attention(
  weights: Weights,
  block: string,
  { heads }: TransformerSizes,
  rows: Rows,
  x_MD: tf.Tensor2D,
  keyBias_B11T: tf.Tensor4D | undefined,
): tf.Tensor2D {
  const qkv = normed(weights, `${block}.norm1`, `${block}.qkv`);
  return linear(weights, `${block}.out`, selfAttention(x_MD, qkv, { ...rows, heads }, keyBias_B11T));
}
