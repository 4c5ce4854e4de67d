/**
 * CLIP: an image encoder and a text encoder whose embeddings of one pair are drawn together and of different pairs
 * apart. Source: Radford et al. 2021 (arXiv 2103.00020), section 2.3. Deviation: the scale begins at 10 instead of
 * 1 / 0.07, for small batches of short reports.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { weight } from '#client/model/parameters';
import { pairSampler } from '../batches/pair-sampler.ts';
import { pairSpecs } from '../batches/specs.ts';
import { commonSections, parseConfig, pretrainedSection } from '../config.ts';
import { infoNce, unit } from '../contrastive.ts';
import { imageEmbedding, imageParameters, textEmbedding, textParameters } from '../encoders.ts';
import { pretrainedValues } from '../pretrained.ts';
import { retrievalMeasures, retrievalOf, retrievalTally } from '../retrieval.ts';
import type { Method } from '../types.ts';

const schema = v.strictObject({ ...commonSections, pretrained: v.optional(pretrainedSection) });

const initialScale = 10;
const greatestScale = 100;

/** The method under a plan's section. @throws UsageError (badPlan) */
export function clip(input: unknown): Method {
  const config = parseConfig(schema, input);
  return {
    name: 'clip',
    config,
    readsReports: true,
    measures: retrievalMeasures,
    parameters: [
      ...imageParameters('image', config),
      ...textParameters('text', config),
      { name: 'logScale', shape: [], init: { kind: 'constant', value: Math.log(initialScale) } },
    ],
    batch: pairSpecs(config),
    loss(weights, batch, keep) {
      const present_B = weight<tf.Rank.R1>(batch, 'present');
      const v_BE = imageEmbedding(weights, 'image', config, weight(batch, 'image'), { keep, present_B });
      const t_BE = textEmbedding(weights, 'text', config, weight(batch, 'ids'), weight(batch, 'mask'));
      const scale = tf.minimum<tf.Scalar>(tf.exp(weight(weights, 'logScale')), greatestScale);
      return infoNce(v_BE, t_BE, scale, present_B).loss;
    },
    sampler: (pairs, world) => pairSampler(config, pairs, world),
    image: (weights, image) => ({ embedding: unit(imageEmbedding(weights, 'image', config, image)) }),
    text: (weights, ids_BT, mask_BT) => ({ embedding: unit(textEmbedding(weights, 'text', config, ids_BT, mask_BT)) }),
    begin: (files) => pretrainedValues(config, files),
    tally: retrievalTally,
    report: retrievalOf,
  };
}
