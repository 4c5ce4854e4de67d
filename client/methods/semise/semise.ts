/**
 * SEMISE: images alone, severity ordered by comparisons with health. NT-Xent sees every image; healthy-anomaly
 * discrimination at first, then the preference, see the graded ones. B images, G graded places, P pairs of them, E features.
 *
 * Source: SEMISE (arXiv 2501.03848), ConPrO (arXiv 2404.18831); the losses are in `loss.ts`. Deviations: the reference is
 * the healthy prototype of all sites as it was after the last round, so that severity means the same everywhere; NT-Xent
 * reads a projector, and the preference the embedding through one head more, as in ConPrO's code, where the reference does
 * not pass it: near the reference a cosine has no gradient, and the mild would stay with the healthy. What a batch's
 * comparisons count grows with their number, so that a site with few grades pushes little and one without any has NT-Xent
 * alone.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensors } from '#client/engine/types';
import type { TrainingPass } from '#client/model/batch-norm';
import { linear } from '#client/model/layers';
import { type Initialiser, linearParameters, type Parameter, weight, type Weights } from '#client/model/parameters';
import { unit } from '../contrastive.ts';
import { imageEmbedding, imageParameters } from '../encoders.ts';
import { pretrainedValues } from '../pretrained.ts';
import { stopGradient } from '../stop-gradient.ts';
import type { Method } from '../types.ts';
import { pairsOfPlaces } from './comparisons.ts';
import { semiseConfig, type SemiseConfig } from './config.ts';
import { prototypeRow } from './healthy-prototype.ts';
import { healthyAnomaly, ntXent, preference, semise as combined, severity } from './loss.ts';
import { gradedPlaces, semiseSampler, semiseSpecs } from './sampler.ts';
import { severityMeasures, severityReport } from './severity-report.ts';
import { severityTally } from './severity-tally.ts';
import { supervised } from './supervised.ts';

/** The method under a plan's section. @throws UsageError (badPlan) */
export function semise(input: unknown): Method {
  const config = semiseConfig(input);
  if (config.semise.objective === 'supervised') return supervised(config);
  return {
    name: 'semise',
    config,
    readsReports: false,
    measures: severityMeasures,
    parameters: parametersOf(config),
    batch: semiseSpecs(config),
    loss: (weights, batch, keep) => lossOf(config, weights, batch, keep),
    sampler: (pairs, world) => semiseSampler(config, pairs, world),
    image(weights, image) {
      const z_BE = imageEmbedding(weights, 'image', config, image);
      const distance = distanceToHealth(ordered(weights, z_BE), weight(weights, 'prototype'));
      return { embedding: unit(z_BE), severity: distance };
    },
    rows: (model, global, pairs) => prototypeRow(config.semise, model, global, pairs),
    begin: (files) => pretrainedValues(config, files),
    tally: severityTally(config.semise),
    report: (model, pairs, world) => severityReport(config.semise, model, pairs, world),
  };
}

const zeros: Initialiser = { kind: 'constant', value: 0 };

function parametersOf(config: SemiseConfig): readonly Parameter[] {
  const { embedding, semise } = config;
  return [
    ...imageParameters('image', config),
    ...linearParameters('projector.hidden', embedding, semise.projector),
    ...linearParameters('projector.out', semise.projector, embedding),
    ...linearParameters('order.hidden', embedding, embedding),
    // The head begins as nothing, so that without comparisons the distance is that of the embeddings.
    ...linearParameters('order.out', embedding, embedding).map((one) => ({ ...one, init: zeros })),
    // Nothing is compared with a prototype of zeros: the cosine is 0 and has no gradient.
    { name: 'prototype', shape: [1, embedding], init: zeros, kept: 'rows', trained: false },
  ];
}

/** α NT-Xent + (1 - α) (the discrimination or the preference). */
function lossOf(config: SemiseConfig, weights: Weights, batch: Tensors, keep: TrainingPass['keep']): tf.Scalar {
  const { alpha, temperature } = config.semise;
  const present_B = weight<tf.Rank.R1>(batch, 'present');
  const training = { keep, present_B: tf.concat([present_B, present_B]) };
  const z_2BE = imageEmbedding(weights, 'image', config, weight(batch, 'image'), training);
  const contrast = ntXent(projected(weights, z_2BE), temperature, present_B);
  const graded = gradedViews(config, z_2BE);
  const terms = tf.stack([discriminationOf(config, graded, batch), preferenceOf(config, weights, graded, batch)]);
  return combined(contrast, tf.sum<tf.Scalar>(tf.mul(terms, weight(batch, 'stage'))), alpha);
}

/** What NT-Xent compares. `[2B, E]`. */
function projected(weights: Weights, z_2BE: tf.Tensor2D): tf.Tensor2D {
  return linear(weights, 'projector.out', tf.relu(linear(weights, 'projector.hidden', z_2BE)));
}

/** What the preference compares with the reference: the embedding and what the head adds to it. `[B, E]`. */
function ordered(weights: Weights, z_BE: tf.Tensor2D): tf.Tensor2D {
  return tf.add(z_BE, linear(weights, 'order.out', tf.relu(linear(weights, 'order.hidden', z_BE))));
}

/** The graded places: of every pair one image by its first view and the other by its second. */
interface GradedViews {
  /** Both views of every place, `[2G, E]`. */
  readonly all_2GE: tf.Tensor2D;
  readonly a_PE: tf.Tensor2D;
  readonly b_PE: tf.Tensor2D;
  /** A value of every place as values of every pair. */
  readonly both: (values_G: tf.Tensor1D) => readonly [a_P: tf.Tensor1D, b_P: tf.Tensor1D];
}

function gradedViews(config: SemiseConfig, z_2BE: tf.Tensor2D): GradedViews {
  const [B, G] = [config.training.batchSize, gradedPlaces(config)];
  const places = (first: number): tf.Tensor2D => tf.slice(z_2BE, [first, 0], [G, config.embedding]);
  const [one_GE, other_GE] = [places(0), places(B)];
  const pairs = pairsOfPlaces(G);
  const [a, b] = [0, 1].map((at) => tf.tensor1d(pairs.map((pair) => pair[at]!), 'int32')) as [tf.Tensor1D, tf.Tensor1D]; // prettier-ignore
  return {
    all_2GE: tf.concat([one_GE, other_GE]),
    a_PE: tf.gather(one_GE, a),
    b_PE: tf.gather(other_GE, b),
    both: (values_G) => [tf.gather(values_G, a), tf.gather(values_G, b)],
  };
}

/** 1 where a place is graded healthy. `[G]`. */
function healthyPlaces({ semise }: SemiseConfig, batch: Tensors): tf.Tensor1D {
  const severity_G = weight(batch, 'severity');
  const graded = tf.greaterEqual(severity_G, 0);
  return tf.cast(tf.logicalAnd(graded, tf.lessEqual(severity_G, semise.healthyUpTo)), 'float32').as1D();
}

/** The sum over pairs that are compared, over the number of all pairs of places: few comparisons count little. */
function byComparisons(mean: tf.Scalar, comparisons: tf.Tensor, places: number): tf.Scalar {
  return tf.mul(mean, tf.div(comparisons, places));
}

function discriminationOf(config: SemiseConfig, { a_PE, b_PE, both }: GradedViews, batch: Tensors): tf.Scalar {
  const compared_P = weight<tf.Rank.R1>(batch, 'compared');
  const [a_P, b_P] = both(healthyPlaces(config, batch));
  const same_P = tf.cast(tf.equal(a_P, b_P), 'float32').as1D();
  const mean = healthyAnomaly(a_PE, b_PE, same_P, config.semise.margin, compared_P);
  return byComparisons(mean, tf.sum(compared_P), compared_P.size);
}

function preferenceOf(config: SemiseConfig, weights: Weights, graded: GradedViews, batch: Tensors): tf.Scalar {
  const compared_P = weight<tf.Rank.R1>(batch, 'compared');
  const [a_P, b_P] = graded.both(weight<tf.Rank.R1>(batch, 'severity'));
  const other_P = tf.where(tf.greater(compared_P, 0), b_P, a_P); // a tie where nothing is compared
  const reference_E = referenceOf(config, weights, graded, batch);
  const [a_PE, b_PE] = [ordered(weights, graded.a_PE), ordered(weights, graded.b_PE)];
  const { loss, comparisons } = preference(reference_E, a_PE, b_PE, a_P, other_P, config.semise.scale);
  return byComparisons(loss, comparisons, compared_P.size);
}

/**
 * The prototype. With `referenceGradient` its gradient reaches the healthy images of the batch, of whose like it is the
 * mean; its value stays that of all sites.
 */
function referenceOf(config: SemiseConfig, weights: Weights, { all_2GE }: GradedViews, batch: Tensors): tf.Tensor1D {
  const prototype_E = weight(weights, 'prototype').as1D();
  if (!config.semise.referenceGradient) return prototype_E;
  const healthy_G = healthyPlaces(config, batch);
  const share_2G = tf.div(tf.tile(healthy_G, [2]), tf.maximum(tf.mul(tf.sum(healthy_G), 2), 1));
  const live_E = tf.sum<tf.Tensor1D>(tf.mul(unit(all_2GE), share_2G.reshape([-1, 1])), 0);
  const known = tf.sign(tf.sum(tf.mul(prototype_E, prototype_E))); // the direction of zeros has no gradient
  return tf.add(prototype_E, tf.mul(known, tf.sub(live_E, stopGradient(live_E))));
}

/** d(x, prototype), `[B, 1]`, of images through the head; not a number while there is no prototype. */
function distanceToHealth(z_BE: tf.Tensor2D, prototype_1E: tf.Tensor): tf.Tensor2D {
  const norm = tf.sqrt(tf.sum(tf.mul(prototype_1E, prototype_1E)));
  return severity(z_BE, tf.div<tf.Tensor2D>(prototype_1E, norm)).reshape([-1, 1]);
}
