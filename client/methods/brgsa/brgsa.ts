/**
 * BrgSA as a method: CLIP's two encoders, and one bank of learnt rows from which images and texts both read. It trains on
 * single statements of reports and is asked by positive prompts.
 *
 * Source: BrgSA (arXiv 2501.03565) and its released code. Deviations: encoders as small as the plan says, begun from
 * the seed unless it names checkpoints; the statements are a report's own sentences (`sentences.ts`); banks of several
 * sites become one row by row, by use (`rows.ts`).
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { encodeText } from '#client/model/text-encoder';
import type { TrainingPass } from '#client/model/batch-norm';
import { type Parameter, weight, type Weights } from '#client/model/parameters';
import { pairSpecs } from '../batches/specs.ts';
import { infoNce, unit } from '../contrastive.ts';
import { imageEmbedding, imageParameters, textParameters, textSizes } from '../encoders.ts';
import { pretrainedValues } from '../pretrained.ts';
import type { Method } from '../types.ts';
import { type BrgsaConfig, parseBrgsaConfig } from './config.ts';
import { brgsa as brgsaLoss, readBank } from './loss.ts';
import { brgsaMeasures, brgsaReport } from './report.ts';
import { zeroShotTally } from './zero-shot-tally.ts';
import { rowContribution, rowsOf, useOf } from './rows.ts';
import { statementSampler } from './sampler.ts';

/** A trained scale grows no further, as in CLIP. */
const greatestScale = 100;

/** The method under a plan's section. @throws UsageError (badPlan) */
export function brgsa(input: unknown): Method {
  const config = parseBrgsaConfig(input);
  const common: Omit<Method, 'loss' | 'parameters' | 'image' | 'text'> = {
    name: 'brgsa',
    config,
    readsReports: true,
    measures: brgsaMeasures,
    batch: pairSpecs(config),
    sampler: (pairs, world) => statementSampler(config, pairs, world),
    begin: (files) => pretrainedValues(config, files),
    tally: zeroShotTally(config),
    report: (model, pairs, world) => brgsaReport(config, model, pairs, world),
  };
  return { ...common, ...(config.brgsa.bankRows === 0 ? withoutBank(config) : withBank(config)) };
}

type Parts = Pick<Method, 'loss' | 'parameters' | 'image' | 'text' | 'rows'>;

function withBank(config: BrgsaConfig): Parts {
  const { bankRows, losses, patientFloor } = config.brgsa;
  const bank: Parameter = {
    name: 'bank',
    shape: [bankRows, config.embedding],
    init: { kind: 'orthogonal' },
    kept: 'rows',
  };
  return {
    parameters: [...commonParameters(config), bank],
    loss: (weights, batch, keep) => {
      const { v, t, scale, present } = embedded(config, weights, batch, keep);
      return brgsaLoss(v, t, weight(weights, 'bank'), scale, losses, present).total;
    },
    image: (weights, image) => outputs(imageOf(config, weights, image), weight(weights, 'bank')),
    text: (weights, ids, mask) => outputs(textOf(config, weights, ids, mask), weight(weights, 'bank')),
    rows: async (model, global, pairs) => {
      const [before, after] = [global['bank'] as Float32Array, model.parameter('bank')]; // a float32 parameter
      const use = await useOf(model, pairs, bankRows);
      return [rowContribution(rowsOf(before, config.embedding), rowsOf(after, config.embedding), use, patientFloor)];
    },
  };
}

/** The control: CLIP's loss and score on the same statements. */
function withoutBank(config: BrgsaConfig): Parts {
  return {
    parameters: commonParameters(config),
    loss: (weights, batch, keep) => {
      const { v, t, scale, present } = embedded(config, weights, batch, keep);
      return infoNce(v, t, scale, present).loss;
    },
    image: (weights, image) => ({ embedding: unit(imageOf(config, weights, image)) }),
    text: (weights, ids, mask) => ({ embedding: unit(textOf(config, weights, ids, mask)) }),
  };
}

function commonParameters(config: BrgsaConfig): readonly Parameter[] {
  const { scale, trainedScale } = config.brgsa;
  const init: Parameter['init'] = { kind: 'constant', value: Math.log(scale) };
  return [
    ...imageParameters('image', config),
    ...textParameters('text', config),
    ...(trainedScale ? [{ name: 'logScale', shape: [], init }] : []),
  ];
}

/** A batch as the losses take it: v and t, not normalised, and the scale of their cosines. */
function embedded(
  config: BrgsaConfig,
  weights: Weights,
  batch: Weights,
  keep: TrainingPass['keep'],
): { v: tf.Tensor2D; t: tf.Tensor2D; scale: tf.Scalar; present: tf.Tensor1D } {
  const { scale, trainedScale } = config.brgsa;
  const present = weight<tf.Rank.R1>(batch, 'present');
  return {
    v: imageOf(config, weights, weight(batch, 'image'), { keep, present_B: present }),
    t: textOf(config, weights, weight(batch, 'ids'), weight(batch, 'mask')),
    scale: trainedScale ? tf.minimum(tf.exp(weight<tf.Rank.R0>(weights, 'logScale')), greatestScale) : tf.scalar(scale),
    present,
  };
}

/** v, not normalised. */
function imageOf(config: BrgsaConfig, weights: Weights, image: tf.Tensor, training?: TrainingPass): tf.Tensor2D {
  return tf.mul(imageEmbedding(weights, 'image', config, image, training), config.brgsa.gain);
}

/** t, not normalised. */
function textOf(config: BrgsaConfig, weights: Weights, ids_BT: tf.Tensor2D, mask_BT: tf.Tensor2D): tf.Tensor2D {
  const sizes = { ...textSizes(config), lastBlocks: config.brgsa.textLayers };
  return tf.mul(encodeText(weights, 'text', sizes, ids_BT, mask_BT), config.brgsa.gain);
}

/** `embedding`, unit x; `read`, unit x̂; `use` `[B, K]`, the weights of the rows. */
function outputs(x_BE: tf.Tensor2D, bank_KE: tf.Tensor2D): Readonly<Record<string, tf.Tensor>> {
  const { weights, read } = readBank(x_BE, bank_KE);
  return { embedding: unit(x_BE), read: unit(read), use: weights };
}
