/**
 * What a vision transformer attends to, block by block. It is computed beside the blocks from what they read, so that
 * the programs of training and use are what they are. B examples, T tokens, D features, H heads of width W, K blocks.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import type { Linear } from '#client/engine/nn/layer-norm';
import { embedPatches, type ImageEncoderSizes, imageTokens } from './image-encoder.ts';
import type { Rows } from './layers.ts';
import type { Weights } from './parameters.ts';

/** The shares of every token in each token, the mean over heads: `[B, K, T, T]`, rows that sum to 1. */
export function imageAttention(weights: Weights, name: string, sizes: ImageEncoderSizes, x: tf.Tensor): tf.Tensor4D {
  const blocks: tf.Tensor3D[] = [];
  imageTokens(weights, name, sizes, embedPatches(weights, name, sizes, x), (x_MD, qkv, rows) => {
    blocks.push(meanShares(x_MD, qkv, sizes.heads, rows));
  });
  return tf.stack(blocks, 1) as tf.Tensor4D; // one axis more than theirs
}

/** softmax(Q Kᵀ / sqrt(W)), the mean over heads: `[B, T, T]`. Q and K are the first two thirds of x weight + bias. */
function meanShares(x_MD: tf.Tensor2D, { weight, bias }: Linear, heads: number, { B, T }: Rows): tf.Tensor3D {
  const W = x_MD.shape[1] / heads;
  const thirds = tf.split(tf.add(tf.matMul(x_MD, weight as tf.Tensor2D), bias), 3, 1); // `[D, 3 D]`
  const [q, k] = thirds.map((each) => tf.transpose(each.reshape([B, T, heads, W]), [0, 2, 1, 3])) as [tf.Tensor, tf.Tensor, tf.Tensor]; // prettier-ignore
  return tf.mean(tf.softmax(tf.div(tf.matMul(q, k, false, true), Math.sqrt(W))), 1);
}
