/** A CLIP-like step for tests and benches: a vision and a text transformer, symmetric contrastive loss, AdamW. @module */
import * as tf from '@tensorflow/tfjs';
import { selfAttention } from '#client/engine/nn/attention';
import { biasGelu } from '#client/engine/nn/gelu';
import { afterNorm, layerNorm, standardise } from '#client/engine/nn/layer-norm';
import { wholeLoss } from '#client/engine/transform/grad-cache';
import type { Norm } from '#client/engine/nn/layer-norm';
import type { ContrastiveProgram } from '#client/engine/transform/grad-cache';
import { plainStep } from '#client/engine/transform/training-program';
import type { HostValues, StepProgram, Tensors, TensorSpec } from '#client/engine/types';
import { adamw, filled, gaussian, uniform } from './training.ts';
import type { Weights } from './training.ts';

export interface ClipConfig {
  readonly image: readonly [height: number, width: number, channels: number];
  readonly patch: readonly [number, number];
  readonly vision: { readonly width: number; readonly layers: number; readonly heads: number };
  readonly text: {
    readonly length: number;
    readonly vocabulary: number;
    readonly width: number;
    readonly layers: number;
    readonly heads: number;
  };
  readonly embedding: number;
}

const text = { length: 64, vocabulary: 8000, layers: 4, heads: 4 };

/** Small for tests; A: 2.7 M parameters, 10.6 GFLOP a step of 16; B: 8.2 M, 80 GFLOP. */
export const clipConfigs = {
  small: {
    image: [16, 16, 3],
    patch: [8, 8],
    vision: { width: 16, layers: 2, heads: 2 },
    text: { length: 8, vocabulary: 50, width: 16, layers: 2, heads: 2 },
    embedding: 16,
  },
  A: {
    image: [64, 64, 3],
    patch: [8, 8],
    vision: { width: 128, layers: 4, heads: 4 },
    text: { ...text, width: 128 },
    embedding: 128,
  },
  B: {
    image: [224, 224, 3],
    patch: [16, 16],
    vision: { width: 192, layers: 6, heads: 3 },
    text: { ...text, width: 256 },
    embedding: 256,
  },
} satisfies Record<string, ClipConfig>;

/** The weights, fixed. */
export function clipWeights(config: ClipConfig): Weights {
  const { image, patch, vision, text, embedding } = config;
  const weights: Record<string, Weights[string]> = {};
  const draw = gaussian(1);
  const random = (name: string, shape: number[], std: number): void =>
    void (weights[name] = filled(shape, () => draw() * std));
  const fixed = (name: string, shape: number[], value: number): void =>
    void (weights[name] = filled(shape, () => value));
  const encoder = (prefix: string, width: number, layers: number): void => {
    for (let layer = 0; layer < layers; layer++) {
      const at = `${prefix}${layer}.`;
      fixed(`${at}scale1`, [width], 1);
      fixed(`${at}offset1`, [width], 0);
      random(`${at}qkv`, [width, 3 * width], 0.02);
      fixed(`${at}qkvBias`, [3 * width], 0);
      random(`${at}out`, [width, width], 0.02);
      fixed(`${at}outBias`, [width], 0);
      fixed(`${at}scale2`, [width], 1);
      fixed(`${at}offset2`, [width], 0);
      random(`${at}up`, [width, 4 * width], 0.02);
      fixed(`${at}upBias`, [4 * width], 0);
      random(`${at}down`, [4 * width, width], 0.02);
      fixed(`${at}downBias`, [width], 0);
    }
    fixed(`${prefix}scale`, [width], 1);
    fixed(`${prefix}offset`, [width], 0);
  };
  random('patch', [patch[0] * patch[1] * image[2], vision.width], 0.02);
  fixed('patchBias', [vision.width], 0);
  random('position', [(image[0] / patch[0]) * (image[1] / patch[1]), vision.width], 0.02);
  encoder('v', vision.width, vision.layers);
  random('visionProjection', [vision.width, embedding], 0.05);
  random('words', [text.vocabulary, text.width], 0.02);
  random('textPosition', [text.length, text.width], 0.02);
  encoder('t', text.width, text.layers);
  random('textProjection', [text.width, embedding], 0.05);
  fixed('logScale', [], Math.log(1 / 0.07));
  return weights;
}

/** The examples of a step. */
function clipExamples({ image, text }: ClipConfig, batch: number): Record<string, TensorSpec> {
  return {
    image: { shape: [batch, ...image], dtype: 'float32' },
    ids: { shape: [batch, text.length], dtype: 'int32' },
    mask: { shape: [batch, text.length], dtype: 'float32' },
  };
}

/** Batch number `t`, the same on every machine. */
export function clipBatch({ image, text }: ClipConfig, batch: number, t: number): HostValues {
  const draw = uniform(7 + t);
  return {
    image: Float32Array.from({ length: batch * image[0] * image[1] * image[2] }, () => 3.4 * draw()),
    ids: Int32Array.from({ length: batch * text.length }, (_, i) => ((i + t) * 7919) % text.vocabulary),
    mask: Float32Array.from({ length: batch * text.length }, (_, i) =>
      i % text.length < (text.length * (20 + ((Math.floor(i / text.length) * 5) % 40))) / 64 ? 1 : 0,
    ),
    t: Float32Array.of(t),
  };
}

const linear = (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor => tf.add(tf.matMul(x, weight), bias);

interface Block {
  readonly prefix: string;
  readonly batch: number;
  readonly length: number;
  readonly heads: number;
  readonly attentionMask?: tf.Tensor;
}

function block(p: Tensors, x: tf.Tensor, { prefix, batch, length, heads, attentionMask }: Block): tf.Tensor {
  const w = (name: string): tf.Tensor => p[prefix + name]!;
  const norms = [1, 2].map((i) => ({ scale: w(`scale${i}`), offset: w(`offset${i}`) })) as [Norm, Norm];
  const qkv = afterNorm(norms[0], { weight: w('qkv'), bias: w('qkvBias') });
  const mixed = selfAttention(standardise(x) as tf.Tensor2D, qkv, { B: batch, T: length, heads }, attentionMask); // of x's rank
  const y = tf.add(x, linear(mixed, w('out'), w('outBias')));
  const up = afterNorm(norms[1], { weight: w('up'), bias: w('upBias') });
  const inner = biasGelu(tf.matMul(standardise(y), up.weight), up.bias);
  return tf.add(y, linear(inner, w('down'), w('downBias')));
}

/** [B, height, width, channels] to [B, embedding], not normalised. */
export function imageEmbedding(config: ClipConfig, p: Tensors, image: tf.Tensor): tf.Tensor {
  const { patch, vision } = config;
  const [batch, height, width, channels] = image.shape as [number, number, number, number];
  const grid = [height / patch[0], width / patch[1]] as const;
  const length = grid[0] * grid[1];
  const cut = tf.reshape(image, [batch, grid[0], patch[0], grid[1], patch[1], channels]);
  const flat = tf.reshape(tf.transpose(cut, [0, 1, 3, 2, 4, 5]), [batch * length, patch[0] * patch[1] * channels]);
  const placed = tf.add(
    tf.reshape(linear(flat, p['patch']!, p['patchBias']!), [batch, length, vision.width]),
    p['position']!,
  );
  let x: tf.Tensor = tf.reshape(placed, [batch * length, vision.width]);
  for (let layer = 0; layer < vision.layers; layer++) {
    x = block(p, x, { prefix: `v${layer}.`, batch, length, ...vision });
  }
  const normal = tf.reshape(layerNorm(x, p['vscale']!, p['voffset']!), [batch, length, vision.width]);
  return tf.matMul(tf.mean(normal, 1), p['visionProjection']!);
}

/** Word numbers [B, T] and their mask to [B, embedding], not normalised. */
export function textEmbedding({ text }: ClipConfig, p: Tensors, ids: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const { length, width } = text;
  const batch = ids.shape[0];
  let x: tf.Tensor = tf.reshape(tf.add(tf.gather(p['words']!, ids), p['textPosition']!), [batch * length, width]);
  const attentionMask = tf.reshape(tf.mul(tf.sub(1, mask), -1e9), [batch, 1, 1, length]);
  for (let layer = 0; layer < text.layers; layer++) {
    x = block(p, x, { prefix: `t${layer}.`, batch, ...text, attentionMask });
  }
  const normal = tf.reshape(layerNorm(x, p['tscale']!, p['toffset']!), [batch, length, width]);
  const weight = tf.expandDims(mask, 2);
  return tf.matMul(tf.div(tf.sum(tf.mul(normal, weight), 1), tf.sum(weight, 1)), p['textProjection']!);
}

/** x / |x| per row. */
function normalised(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.rsqrt(tf.add(tf.sum(tf.square(x), 1, true), 1e-12)));
}

/** The mean of both directions' cross-entropies, in nats. */
function contrastiveLoss(images: tf.Tensor, texts: tf.Tensor, logScale: tf.Tensor): tf.Scalar {
  const logits = tf.mul(tf.matMul(images, texts, false, true), tf.exp(logScale));
  const same = tf.eye(images.shape[0]);
  const entropy = (z: tf.Tensor): tf.Tensor => tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(z), same), 1)));
  return tf.mul(0.5, tf.add(entropy(logits), entropy(tf.transpose(logits))));
}

/** The training step in its parts. */
export function clipParts(config: ClipConfig, batch: number): ContrastiveProgram {
  return {
    ...adamw(clipWeights(config), 3e-4),
    batch: clipExamples(config, batch),
    embed: (p, { image, ids, mask }) => ({
      images: normalised(imageEmbedding(config, p, image!)),
      texts: normalised(textEmbedding(config, p, ids!, mask!)),
    }),
    lossOf: (p, { images, texts }) => contrastiveLoss(images!, texts!, p['logScale']!),
  };
}

/** The whole training step. State: the weights and AdamW's two moments of each. */
export function clipStep(config: ClipConfig, batch: number): StepProgram {
  return plainStep(wholeLoss(clipParts(config, batch)));
}
