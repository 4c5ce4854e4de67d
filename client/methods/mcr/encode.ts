/**
 * The tokens of both encoders, with parts hidden or without. B examples, P patches of q values, K of them visible, T tokens,
 * D features.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { cutPatches, embedPatches, imageTokens, patchGrid } from '#client/model/image-encoder';
import { projectTokens } from '#client/model/layers';
import { weight, type Weights } from '#client/model/parameters';
import { embedWords, textTokens } from '#client/model/text-encoder';
import { imageSizes, textSizes } from '../encoders.ts';
import type { McrConfig } from './config.ts';
import { gatherRows, gatherTokens, hideTokens } from './mask-tokens.ts';

/** The pixels of every patch: `[B, P, q]`. */
export function patchPixels({ image }: McrConfig, x: tf.Tensor): tf.Tensor3D {
  const { patches, values } = patchGrid(image);
  return cutPatches(image, x).reshape([-1, patches, values]);
}

/** All patches of an image: `[B, P, D]`. */
export function wholeImageTokens(weights: Weights, config: McrConfig, x: tf.Tensor): tf.Tensor3D {
  return patchTokens(weights, config, embedPatches(weights, 'image', imageSizes(config), x));
}

/** The tokens of patches after the blocks. A checkpoint's class token is attended to, and stands for no place of the image. */
function patchTokens(weights: Weights, config: McrConfig, patches_BKD: tf.Tensor3D): tf.Tensor3D {
  const sizes = imageSizes(config);
  const tokens_BTD = imageTokens(weights, 'image', sizes, patches_BKD);
  return sizes.pool === 'class' ? tf.slice(tokens_BTD, [0, 1, 0], [-1, -1, -1]) : tokens_BTD;
}

/** The patches that `keep_BK` names and no other: the encoder has K tokens. `[B, K, D]`. */
export function visibleImageTokens(
  weights: Weights,
  config: McrConfig,
  pixels_BPq: tf.Tensor3D,
  keep_BK: tf.Tensor2D,
): tf.Tensor3D {
  const visible_BKD = projectTokens(weights, 'image.patch', gatherTokens(pixels_BPq, keep_BK));
  const places_BKD = gatherRows(weight<tf.Rank.R2>(weights, 'image.position'), keep_BK);
  return patchTokens(weights, config, tf.add(visible_BKD, places_BKD));
}

/** All words of a report: `[B, T, D]`. */
export function wholeTextTokens(
  weights: Weights,
  config: McrConfig,
  ids_BT: tf.Tensor2D,
  valid_BT: tf.Tensor2D,
): tf.Tensor3D {
  return textTokens(weights, 'text', textSizes(config), embedWords(weights, 'text', ids_BT), valid_BT);
}

/** A learnt vector stands for every masked word, at its place. `[B, T, D]`. */
export function maskedTextTokens(
  weights: Weights,
  config: McrConfig,
  ids_BT: tf.Tensor2D,
  valid_BT: tf.Tensor2D,
  masked_BT: tf.Tensor2D,
): tf.Tensor3D {
  const words_BTD = gatherRows(weight<tf.Rank.R2>(weights, 'text.word'), ids_BT);
  const seen_BTD = hideTokens(words_BTD, weight<tf.Rank.R1>(weights, 'text.hidden'), masked_BT);
  const placed_BTD = tf.add<tf.Tensor3D>(seen_BTD, weight(weights, 'text.position'));
  return textTokens(weights, 'text', textSizes(config), placed_BTD, valid_BT);
}
