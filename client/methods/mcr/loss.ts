/**
 * MCR: one masked pass feeds the contrast and both reconstructions. N pairs, P patches of q values, T tokens, V pieces
 * of the vocabulary, D features of a token, E of the common space, K visible patches.
 *
 * Source: MCR (arXiv 2312.15840) for what is computed: masked input alone for all three losses, and mapping before
 * aggregation. Its formulas are not public; those here are a reconstruction after MAE (He et al. 2022, section 3) and
 * masked language modelling, fixed in `proto/spec/methods.md`.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { exactGelu } from '#client/model/layers';
import { infoNce, unit } from '../contrastive.ts';
import { meanWhere } from '../mean-where.ts';

/** 1 / τ with τ = 0.07, fixed. */
export const mcrScale = 1 / 0.07;

/** λ1 and λ2. */
export interface McrWeights {
  readonly image: number;
  readonly report: number;
}

/** The terms and their weighted sum. */
export interface McrLoss {
  readonly contrastive: tf.Scalar;
  readonly maskedImage: tf.Scalar;
  readonly maskedReport: tf.Scalar;
  readonly total: tf.Scalar;
}

/** A linear map of every token. */
export interface TokenMap {
  readonly weight_DE: tf.Tensor2D;
  readonly bias_E: tf.Tensor1D;
}

/** (x - mean) / sqrt(variance + 1e-6) of each patch over its q values, the variance that of all of them. */
export function patchTargets(patches_NPq: tf.Tensor3D): tf.Tensor3D {
  const centred = tf.sub(patches_NPq, tf.mean(patches_NPq, -1, true));
  return tf.div(centred, tf.sqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-6)));
}

/** The mean over masked patches of the mean squared error of a patch; 0 with nothing masked. `masked_NP` is 1 or 0. */
export function maskedImageLoss(
  patches_NPq: tf.Tensor3D,
  prediction_NPq: tf.Tensor3D,
  masked_NP: tf.Tensor2D,
): tf.Scalar {
  const error_NP = tf.mean(tf.square(tf.sub(prediction_NPq, patchTargets(patches_NPq))), -1);
  return meanWhere(error_NP, masked_NP);
}

/**
 * The mean cross-entropy over all masked positions of the batch, in nats; 0 with nothing masked. `tokens_NT` are the
 * true pieces (int32), `masked_NT` is 1 or 0.
 */
export function maskedReportLoss(logits_NTV: tf.Tensor3D, tokens_NT: tf.Tensor2D, masked_NT: tf.Tensor2D): tf.Scalar {
  const own_NTV = tf.oneHot(tokens_NT, logits_NTV.shape[2]);
  const error_NT = tf.neg(tf.sum(tf.mul(own_NTV, tf.logSoftmax(logits_NTV)), -1));
  return meanWhere(error_NT, masked_NT);
}

/**
 * Every token in the common space: unit(GELU(token W + b)). `[N, T, D]` to `[N, T, E]`. The non-linear map is the point: a
 * linear one followed by the mean is the mean followed by it.
 */
export function mapTokens(tokens_NTD: tf.Tensor3D, { weight_DE, bias_E }: TokenMap): tf.Tensor3D {
  const [N, T, D] = tokens_NTD.shape;
  const mapped_ME = tf.add<tf.Tensor2D>(tf.matMul(tokens_NTD.reshape<tf.Tensor2D>([N * T, D]), weight_DE), bias_E);
  return unit(exactGelu(mapped_ME)).reshape([N, T, bias_E.shape[0]]);
}

/** unit(mean over valid tokens). `[N, T, E]` to `[N, E]`. `valid_NT` is 1 or 0, and every row has a 1. */
function aggregate(z_NTE: tf.Tensor3D, valid_NT: tf.Tensor2D): tf.Tensor2D {
  const [N, T] = valid_NT.shape;
  const sum_NE = tf.sum(tf.mul(z_NTE, valid_NT.reshape([N, T, 1])), 1);
  return unit(tf.div<tf.Tensor2D>(sum_NE, tf.maximum(tf.sum(valid_NT, 1, true), 1)));
}

/** Mapping before aggregation. `[N, T, D]` to unit rows `[N, E]`. */
export function mapBeforeAggregate(tokens_NTD: tf.Tensor3D, valid_NT: tf.Tensor2D, map: TokenMap): tf.Tensor2D {
  return aggregate(mapTokens(tokens_NTD, map), valid_NT);
}

/** The control: unit(GELU(mean of valid tokens W + b)). `[N, T, D]` to unit rows `[N, E]`. */
export function aggregateBeforeMap(tokens_NTD: tf.Tensor3D, valid_NT: tf.Tensor2D, map: TokenMap): tf.Tensor2D {
  const [N, T, D] = tokens_NTD.shape;
  const sum_ND = tf.sum(tf.mul(tokens_NTD, valid_NT.reshape([N, T, 1])), 1);
  const mean_ND = tf.div<tf.Tensor2D>(sum_ND, tf.maximum(tf.sum(valid_NT, 1, true), 1));
  return mapTokens(mean_ND.reshape([N, 1, D]), map).reshape([N, -1]);
}

/** A reconstruction of patches; `masked_NP` is 1 or 0. */
export interface PatchPrediction {
  readonly patches_NPq: tf.Tensor3D;
  readonly prediction_NPq: tf.Tensor3D;
  readonly masked_NP: tf.Tensor2D;
}

/** A reconstruction of pieces; `tokens_NT` are the true ones (int32), `masked_NT` is 1 or 0. */
export interface WordPrediction {
  readonly logits_NTV: tf.Tensor3D;
  readonly tokens_NT: tf.Tensor2D;
  readonly masked_NT: tf.Tensor2D;
}

/** What the three losses are made of. */
export interface McrOutputs {
  /** `[N, E]`, both of masked inputs. */
  readonly image: tf.Tensor2D;
  readonly text: tf.Tensor2D;
  /** Missing where nothing of an image is masked, or nothing is made of it. */
  readonly patches?: PatchPrediction | undefined;
  /** Likewise of a report. */
  readonly words?: WordPrediction | undefined;
}

/** InfoNCE + λ1 masked image + λ2 masked report. An empty place of the batch has `present` 0 and no masked part. */
export function mcr(
  { image, text, patches, words }: McrOutputs,
  scale: tf.Scalar,
  weights: McrWeights = { image: 1, report: 1 },
  present_N?: tf.Tensor1D,
): McrLoss {
  const contrastive = infoNce(image, text, scale, present_N).loss;
  const maskedImage =
    patches === undefined
      ? tf.scalar(0)
      : maskedImageLoss(patches.patches_NPq, patches.prediction_NPq, patches.masked_NP);
  const maskedReport =
    words === undefined ? tf.scalar(0) : maskedReportLoss(words.logits_NTV, words.tokens_NT, words.masked_NT);
  const reconstruction = tf.add(tf.mul(maskedImage, weights.image), tf.mul(maskedReport, weights.report));
  return { contrastive, maskedImage, maskedReport, total: tf.add(contrastive, reconstruction) };
}
