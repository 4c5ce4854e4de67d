/**
 * A small text transformer: word and position embeddings, blocks that attend to real tokens only, the mean over real
 * tokens, a linear head.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { transformer, transformerParameters, type TransformerSizes } from './layers.ts';
import { type Parameter, weight, type Weights } from './parameters.ts';

/** Sizes; `length` counts tokens, `vocabulary` pieces. */
export interface TextEncoderSizes extends TransformerSizes {
  readonly length: number;
  readonly vocabulary: number;
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
  const B = ids_BT.shape[0];
  const T = sizes.length;
  const words_BTD = tf.gather(weight(weights, `${name}.word`), ids_BT);
  const x_MD = tf.add(words_BTD, weight(weights, `${name}.position`)).reshape<tf.Tensor2D>([B * T, sizes.dim]);
  const keyBias = tf.mul(tf.sub(1, mask_BT), -1e9).reshape<tf.Tensor4D>([B, 1, 1, T]);
  const y_BTD = transformer(weights, name, sizes, { B, T }, x_MD, keyBias).reshape([B, T, sizes.dim]);
  const total_BD = tf.sum(tf.mul(y_BTD, mask_BT.reshape([B, T, 1])), 1);
  const count_B1 = tf.sum(mask_BT, 1, true); // at least 1: the class token is always there
  return tf.matMul(
    tf.div(total_BD, count_B1).reshape<tf.Tensor2D>([B, sizes.dim]),
    weight<tf.Rank.R2>(weights, `${name}.head`),
  );
}
