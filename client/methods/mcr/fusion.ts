/**
 * Decoders that may also read the other modality: one transformer over what is visible of both, before each is filled in.
 * The contrast does not see it. B examples, K visible patches, T tokens, D and F features of an image's and a text's token.
 *
 * Source: after M3AE (Chen et al. 2022, arXiv 2209.07098), whose decoders follow a fusion of both.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { projectTokens, transformer, transformerParameters, type TransformerSizes } from '#client/model/layers';
import { linearParameters, type Parameter, type Weights } from '#client/model/parameters';
import type { McrConfig } from './config.ts';

function sizesOf({ image: { dim, heads } }: McrConfig): TransformerSizes {
  return { dim, heads, blocks: 1 };
}

/** The parameters under `name`. */
export function fusionParameters(name: string, config: McrConfig): readonly Parameter[] {
  const { image, text } = config;
  return [
    ...linearParameters(`${name}.in`, text.dim, image.dim),
    ...transformerParameters(name, sizesOf(config)),
    ...linearParameters(`${name}.out`, image.dim, text.dim),
  ];
}

/** Tokens of both modalities. */
export interface BothTokens {
  readonly image_BKD: tf.Tensor3D;
  readonly text_BTF: tf.Tensor3D;
}

/** Both, each after a look at the other. `valid_BT` is 1 for a token and 0 for padding. */
export function fused(
  weights: Weights,
  name: string,
  config: McrConfig,
  { image_BKD, text_BTF }: BothTokens,
  valid_BT: tf.Tensor2D,
): BothTokens {
  const [B, K, D] = image_BKD.shape;
  const [, T] = valid_BT.shape;
  const both_BSD = tf.concat([image_BKD, projectTokens(weights, `${name}.in`, text_BTF)], 1);
  const padding_BS = tf.concat([tf.zeros([B, K]), tf.sub(1, valid_BT)], 1);
  const keyBias = tf.mul(padding_BS, -1e9).reshape<tf.Tensor4D>([B, 1, 1, K + T]);
  const rows = { B, T: K + T };
  const x_MD = both_BSD.reshape<tf.Tensor2D>([B * (K + T), D]);
  const y_BSD = transformer(weights, name, sizesOf(config), rows, x_MD, keyBias).reshape<tf.Tensor3D>([B, K + T, D]);
  return {
    image_BKD: tf.slice(y_BSD, [0, 0, 0], [B, K, D]),
    text_BTF: projectTokens(weights, `${name}.out`, tf.slice(y_BSD, [0, K, 0], [B, T, D])),
  };
}
