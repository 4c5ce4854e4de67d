/**
 * MCR: what is masked is the only input, of the contrast and of both reconstructions, and every token is mapped into the
 * common space before they are aggregated.
 *
 * Source: arXiv 2312.15840, of which the abstract is public; everything beyond it is a reconstruction, said in
 * `proto/spec/methods.md`. Inference hides nothing.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { weight } from '#client/model/parameters';
import { pretrainedValues } from '../pretrained.ts';
import { retrievalMeasures, retrievalOf, retrievalTally } from '../retrieval.ts';
import type { Method } from '../types.ts';
import { parseMcrConfig } from './config.ts';
import { wholeImageTokens, wholeTextTokens } from './encode.ts';
import { mapTokens, mcr as mcrLoss } from './loss.ts';
import { mcrParameters } from './parts.ts';
import { mcrSampler, mcrSpecs } from './sampler.ts';
import { embeddingOf, mcrOutputs, tokenMap } from './step.ts';

/** The method under a plan's section. @throws UsageError (badPlan) */
export function mcr(input: unknown): Method {
  const config = parseMcrConfig(input);
  const { temperature, lambda1, lambda2 } = config.mcr;
  return {
    name: 'mcr',
    config,
    readsReports: true,
    measures: retrievalMeasures,
    parameters: mcrParameters(config),
    batch: mcrSpecs(config),
    loss(weights, batch) {
      const outputs = mcrOutputs(weights, config, batch);
      const lambdas = { image: lambda1, report: lambda2 };
      return mcrLoss(outputs, tf.scalar(1 / temperature), lambdas, weight<tf.Rank.R1>(batch, 'present')).total;
    },
    sampler: (pairs, world) => mcrSampler(config, pairs, world),
    /** `tokens` `[B, P, E]`: each patch in the common space, a unit row, for what shows which patch drove a match. */
    image(weights, image) {
      const tokens_BPD = wholeImageTokens(weights, config, image);
      const [B, P] = tokens_BPD.shape;
      return {
        embedding: embeddingOf(weights, config, 'image', tokens_BPD, tf.ones([B, P])),
        tokens: mapTokens(tokens_BPD, tokenMap(weights, 'image')),
      };
    },
    attended: { ofPatches: true },
    text(weights, ids_BT, mask_BT) {
      const tokens_BTD = wholeTextTokens(weights, config, ids_BT, mask_BT);
      return { embedding: embeddingOf(weights, config, 'text', tokens_BTD, mask_BT) };
    },
    begin: (files) => pretrainedValues(config, files),
    tally: retrievalTally,
    report: retrievalOf,
  };
}
