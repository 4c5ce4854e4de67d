/**
 * SigLIP: CLIP's encoders under a loss that judges every image and report by themselves, as a pair or not. Source: Zhai
 * et al. 2023 (arXiv 2303.15343), equation 1. The bias begins at -10, as published; the scale at 10.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { type Parameter, weight } from '#client/model/parameters';
import { clip } from '../clip/clip.ts';
import { sigLip } from '../contrastive.ts';
import { imageEmbedding } from '../encoders.ts';
import { outputTensor } from '../outputs.ts';
import type { Method } from '../types.ts';

const bias: Parameter = { name: 'bias', shape: [], init: { kind: 'constant', value: -10 } };

/** The method under a plan's section. @throws UsageError (badPlan) */
export function siglip(input: unknown): Method {
  const base = clip(input);
  return {
    ...base,
    name: 'siglip',
    parameters: [...base.parameters, bias],
    loss(weights, batch, keep) {
      const present_B = weight<tf.Rank.R1>(batch, 'present');
      const v_BE = imageEmbedding(weights, 'image', base.config, weight(batch, 'image'), { keep, present_B });
      const texts = base.text!(weights, weight(batch, 'ids'), weight(batch, 'mask')); // clip has a text encoder
      const scale = tf.exp(weight<tf.Rank.R0>(weights, 'logScale'));
      return sigLip(v_BE, outputTensor(texts, 'embedding'), scale, weight(weights, 'bias'), present_B);
    },
  };
}
