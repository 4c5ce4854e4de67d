/** A small transformer over volumes of 32^3 in patches of 8^3, trained on four labels. */
import * as tf from '@tensorflow/tfjs';
import { plainStep } from '#client/engine/transform/training-program';
import type { HostValues, StepProgram, Tensors } from '#client/engine/types';
import { initialWeights, splitWeights } from '#client/model/flat-weights';
import { linear, transformer, transformerParameters } from '#client/model/layers';
import { linearParameters, type Parameter } from '#client/model/parameters';
import { adamw, uniform } from '../../../test/support/engine/training.ts';
import type { Weights } from '../../../test/support/engine/training.ts';

const sizes = { dim: 128, blocks: 4, heads: 4 };
const [edge, patch, classes] = [32, 8, 4];
const cells = edge / patch;
const tokens = cells ** 3;

const parameters: readonly Parameter[] = [
  ...linearParameters('cut', patch ** 3, sizes.dim),
  { name: 'position', shape: [tokens, sizes.dim], init: { kind: 'normal', sd: 0.02 } },
  ...transformerParameters('blocks', sizes),
  ...linearParameters('head', sizes.dim, classes),
];

export function vitWeights(): Weights {
  const values = splitWeights(parameters, initialWeights(parameters, 1));
  return Object.fromEntries(parameters.map(({ name, shape }) => [name, { shape, values: values[name]! }])); // of this list
}

export function vitBatch(batch: number, t: number): HostValues {
  const draw = uniform(11 + t);
  return {
    volume: Float32Array.from({ length: batch * edge ** 3 }, () => 3.4 * draw()),
    label: Int32Array.from({ length: batch }, (_, i) => (i + t) % classes),
    t: Float32Array.of(t),
  };
}

function logits(p: Tensors, volume: tf.Tensor): tf.Tensor2D {
  const batch = volume.shape[0]; // a batch of volumes
  const cut = tf.reshape(volume, [batch, cells, patch, cells, patch, cells, patch]);
  const rows = tf.transpose(cut, [0, 1, 3, 5, 2, 4, 6]).reshape<tf.Tensor2D>([batch * tokens, patch ** 3]);
  const placed = tf.add(linear(p, 'cut', rows).reshape([batch, tokens, sizes.dim]), p['position']!);
  const x = placed.reshape<tf.Tensor2D>([batch * tokens, sizes.dim]);
  const seen = transformer(p, 'blocks', sizes, { B: batch, T: tokens }, x).reshape([batch, tokens, sizes.dim]);
  return linear(p, 'head', tf.mean<tf.Tensor2D>(seen, 1));
}

/** The whole training step: mean cross-entropy, AdamW. */
export function vitStep(batch: number): StepProgram {
  return plainStep({
    ...adamw(vitWeights(), 3e-4),
    batch: {
      volume: { shape: [batch, edge, edge, edge, 1], dtype: 'float32' },
      label: { shape: [batch], dtype: 'int32' },
    },
    loss: (p, { volume, label }) => {
      const picked = tf.mul(tf.logSoftmax(logits(p, volume!)), tf.oneHot(label!, classes));
      return tf.neg(tf.mean(tf.sum(picked, 1)));
    },
  });
}
