/**
 * The control of SEMISE: the same encoder with a linear head, cross-entropy on the graded images and nothing else. Its
 * severity is the expected grade.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import type { Pair } from '#client/data/types';
import { linear } from '#client/model/layers';
import { linearParameters, weight, type Weights } from '#client/model/parameters';
import { randomFor } from '#client/data/random';
import { augmentImage } from '../batches/augment.ts';
import { batchOf } from '../batches/order.ts';
import { imageSpecs } from '../batches/specs.ts';
import { imageValues, presentValues } from '../batches/values.ts';
import { unit } from '../contrastive.ts';
import { imageEmbedding, imageParameters } from '../encoders.ts';
import { meanWhere } from '../mean-where.ts';
import { pretrainedValues } from '../pretrained.ts';
import type { Method, Sampler, SamplerWorld } from '../types.ts';
import type { SemiseConfig } from './config.ts';
import { gradedOf } from './grades.ts';
import { severityMeasures, severityReport } from './severity-report.ts';

/** SEMISE's configuration under `objective: 'supervised'`. */
export function supervised(config: SemiseConfig): Method {
  const { grades } = config.semise;
  const { batchSize } = config.training;
  return {
    name: 'semise',
    config,
    readsReports: false,
    measures: severityMeasures,
    parameters: [...imageParameters('image', config), ...linearParameters('grade', config.embedding, grades)],
    batch: {
      ...imageSpecs(config, batchSize),
      grade: { shape: [batchSize], dtype: 'int32' },
      present: { shape: [batchSize], dtype: 'float32' },
    },
    loss(weights, batch, keep) {
      const present_B = weight(batch, 'present');
      const z_BE = imageEmbedding(weights, 'image', config, weight(batch, 'image'), { keep, present_B });
      const logits_BC = logitsOf(weights, z_BE);
      const own_BC = tf.oneHot(weight<tf.Rank.R1>(batch, 'grade'), grades);
      const nats_B = tf.neg(tf.sum(tf.mul(own_BC, tf.logSoftmax(logits_BC)), 1));
      return meanWhere(nats_B, present_B);
    },
    sampler: (pairs, world) => gradedSampler(config, pairs, world),
    image(weights, image) {
      const z_BE = imageEmbedding(weights, 'image', config, image);
      const grades_C1 = tf.range(0, grades).reshape<tf.Tensor2D>([grades, 1]);
      return { embedding: unit(z_BE), severity: tf.matMul(tf.softmax(logitsOf(weights, z_BE)), grades_C1) };
    },
    begin: (files) => pretrainedValues(config, files),
    report: (model, pairs, world) => severityReport(config.semise, model, pairs, world),
  };
}

function logitsOf(weights: Weights, z_BE: tf.Tensor2D): tf.Tensor2D {
  return linear(weights, 'grade', tf.relu(z_BE));
}

/** Batches of graded images, one view of each. @throws UsageError (noUsableRows, badFormat) */
function gradedSampler(
  config: SemiseConfig,
  pairs: readonly Pair[],
  { seed }: Pick<SamplerWorld, 'seed'>,
): Promise<Sampler> {
  const { augmentation, image, training } = config;
  const { batchSize } = training;
  const graded = gradedOf(pairs, config.semise.grades);
  batchOf(0, graded.length, batchSize, seed);
  return Promise.resolve({
    exampleCount: graded.length,
    batch: (step) => {
      const random = randomFor(seed, 'augment', step);
      const chosen = batchOf(step, graded.length, batchSize, seed).map((at) => graded[at]!); // of these
      const grade = new Int32Array(batchSize);
      grade.set(chosen.map((one) => one.grade));
      return {
        image: imageValues(config, batchSize, chosen, ({ pair }, out, at) => {
          augmentImage(pair.image, image, augmentation, random, out, at);
        }),
        grade,
        present: presentValues(batchSize, chosen.length),
      };
    },
  });
}
