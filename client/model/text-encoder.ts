/**
 * A text transformer: word and position embeddings, blocks that attend to real tokens only, the mean over real tokens or
 * the first one, a linear head. B texts, T tokens, D features.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { firstToken, transformer, transformerParameters, type TransformerSizes } from './layers.ts';
import { type Parameter, weight, type Weights } from './parameters.ts';

/** Sizes; `length` counts tokens, `vocabulary` pieces. */
export interface TextEncoderSizes extends TransformerSizes {
  readonly length: number;
  readonly vocabulary: number;
  /** What stands for all tokens: the mean of the real ones (the default), or the first, which is the class token. */
  readonly pool?: 'mean' | 'class';
}

/** The parameters under `name`; `embedding` is the length of the result. */
export function textEncoderParameters(name: string, sizes: TextEncoderSizes, embedding: number): readonly Parameter[] {
  return [
    { name: `${name}.word`, shape: [sizes.vocabulary, sizes.dim], init: { kind: 'normal', sd: 1 } },
    { name: `${name}.position`, shape: [sizes.length, sizes.dim], init: { kind: 'normal', sd: 0.3 } },
    ...transformerParameters(name, sizes),
    { name: `${name}.head`, shape: [sizes.dim, embedding], init: { kind: 'uniform', bound: 1 / Math.sqrt(sizes.dim) } },
  ];
}

/** Token ids `[B, T]` and their mask (1 for a token, 0 for padding) to `[B, embedding]`, not normalised. */
export function encodeText(
  weights: Weights,
  name: string,
  sizes: TextEncoderSizes,
  ids_BT: tf.Tensor2D,
  mask_BT: tf.Tensor2D,
): tf.Tensor2D {
  const y_BTD = textTokens(weights, name, sizes, embedWords(weights, name, ids_BT), mask_BT);
  const pooled_BD = sizes.pool === 'class' ? firstToken(y_BTD) : meanToken(y_BTD, mask_BT);
  return tf.matMul(
    pooled_BD.reshape<tf.Tensor2D>([y_BTD.shape[0], sizes.dim]),
    weight<tf.Rank.R2>(weights, `${name}.head`),
  );
}

/** The mean over real tokens. `[B, T, D]` to `[B, D]`. */
function meanToken(y_BTD: tf.Tensor3D, mask_BT: tf.Tensor2D): tf.Tensor {
  const [B, T] = mask_BT.shape;
  const total_BD = tf.sum(tf.mul(y_BTD, mask_BT.reshape([B, T, 1])), 1);
  const count_B1 = tf.sum(mask_BT, 1, true); // at least 1: the class token is always there
  return tf.div(total_BD, count_B1);
}

/** Words with their positions, before the blocks. `[B, T]` to `[B, T, D]`. */
export function embedWords(weights: Weights, name: string, ids_BT: tf.Tensor2D): tf.Tensor3D {
  const words_BTD = tf.gather<tf.Tensor3D>(weight<tf.Rank.R3>(weights, `${name}.word`), ids_BT);
  return tf.add(words_BTD, weight(weights, `${name}.position`));
}

/** The tokens after the blocks, normalised; those of padding mean nothing. `[B, T, D]` to `[B, T, D]`. */
export function textTokens(
  weights: Weights,
  name: string,
  sizes: TextEncoderSizes,
  words_BTD: tf.Tensor3D,
  mask_BT: tf.Tensor2D,
): tf.Tensor3D {
  const [B, T, D] = words_BTD.shape;
  const x_MD = words_BTD.reshape<tf.Tensor2D>([B * T, D]);
  const keyBias = tf.mul(tf.sub(1, mask_BT), -1e9).reshape<tf.Tensor4D>([B, 1, 1, T]);
  return transformer(weights, name, sizes, { B, T }, x_MD, keyBias).reshape([B, T, D]);
}
