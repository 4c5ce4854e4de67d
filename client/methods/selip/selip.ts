/**
 * SeLIP: a contrast whose targets are as soft as the reports are alike. Reports are read by rule into lines in codes, the
 * text encoder reads the lines, and how alike two reports are is computed of them at the site, outside the program: it is
 * an input of a step, never differentiated, and never leaves the site.
 *
 * Source: SeLIP (arXiv 2503.19801) and its released code. Deviations: rules and a code book in the place of a language
 * model; lines come in one order; encoders as small as the plan says, begun from the seed unless it names
 * checkpoints, vision transformers unless it says `resnet`; AdamW
 * and a cosine unless the plan's `training` says what the paper has.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { type Parameter, weight, type Weights } from '#client/model/parameters';
import { pairSpecs } from '../batches/specs.ts';
import { unit } from '../contrastive.ts';
import { imageEmbedding, imageParameters, textEmbedding, textParameters } from '../encoders.ts';
import { meansTally } from '../means-tally.ts';
import { pretrainedValues } from '../pretrained.ts';
import type { BatchSpecs, Method } from '../types.ts';
import { codeBookOf } from './code-books.ts';
import { parseSelipConfig, type SelipConfig } from './config.ts';
import { selip as selipLoss } from './loss.ts';
import { selipSampler } from './sampler.ts';
import { selipMeasures, selipReport } from './selip-report.ts';
import { studyReader } from './studies.ts';

/** What a trained scale is held below. */
const greatestScale = 100;

/** The method under a plan's section. @throws UsageError (badPlan) */
export function selip(input: unknown): Method {
  const config = parseSelipConfig(input);
  const { alignWeight, klWeight, target, klSymmetric, positives, textRate } = config.selip;
  const terms = { align: alignWeight, kl: klWeight, target, symmetric: klSymmetric, positives };
  return {
    name: 'selip',
    config,
    readsReports: true,
    measures: selipMeasures,
    parameters: [
      ...inGroup('image', imageParameters('image', config)),
      ...inGroup('text', textParameters('text', config)),
      ...scaleParameters(config),
    ],
    batch: { ...pairSpecs(config), ...similaritySpecs(config) },
    loss(weights, batch, keep) {
      const present_B = weight<tf.Rank.R1>(batch, 'present');
      const v_BE = imageEmbedding(weights, 'image', config, weight(batch, 'image'), { keep, present_B });
      const t_BE = textEmbedding(weights, 'text', config, weight(batch, 'ids'), weight(batch, 'mask'));
      const S_BB = weight<tf.Rank.R2>(batch, 'similarity');
      return selipLoss(v_BE, t_BE, S_BB, scaleOf(config, weights), terms, present_B).total;
    },
    async sampler(pairs, { seed, files }) {
      const read = studyReader(await codeBookOf(config, files));
      const studies = pairs.map(({ report }) => read(report));
      return selipSampler(config, pairs, studies, seed);
    },
    rates: () => ({ image: 1, text: textRate }),
    image: (weights, image) => ({ embedding: unit(imageEmbedding(weights, 'image', config, image)) }),
    text: (weights, ids_BT, mask_BT) => ({ embedding: unit(textEmbedding(weights, 'text', config, ids_BT, mask_BT)) }),
    async reads(files) {
      const read = studyReader(await codeBookOf(config, files));
      return (text) => (config.selip.texts === 'lines' ? read(text).text : text);
    },
    begin: (files) => pretrainedValues(config, files),
    tally: meansTally(
      selipMeasures.map(({ path }) => path),
      (model, pairs, world) => selipReport(config, model, pairs, world),
    ),
    report: (model, pairs, world) => selipReport(config, model, pairs, world),
  };
}

/** The parameters with one learning rate. */
function inGroup(group: string, parameters: readonly Parameter[]): readonly Parameter[] {
  return parameters.map((parameter) => ({ ...parameter, group }));
}

/** `similarity` `[B, B]`: S of the batch's reports. */
function similaritySpecs({ training: { batchSize } }: SelipConfig): BatchSpecs {
  return { similarity: { shape: [batchSize, batchSize], dtype: 'float32' } };
}

/** None unless the plan declares a trained scale. */
function scaleParameters({ selip: { scale, trainedScale } }: SelipConfig): readonly Parameter[] {
  return trainedScale ? [{ name: 'logScale', shape: [], init: { kind: 'constant', value: Math.log(scale) } }] : [];
}

function scaleOf({ selip: { scale, trainedScale } }: SelipConfig, weights: Weights): tf.Scalar {
  if (!trainedScale) return tf.scalar(scale);
  return tf.minimum<tf.Scalar>(tf.exp(weight(weights, 'logScale')), greatestScale);
}
