/**
 * The step's forward pass: what of a batch each of the three losses is made of. B examples, P patches, K of them visible, T
 * tokens, D features of a token, E of the common space.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensors } from '#client/engine/types';
import { decodePatches, decodeWords } from '#client/model/decoders';
import { weight, type Weights } from '#client/model/parameters';
import type { McrConfig } from './config.ts';
import { maskedTextTokens, patchPixels, visibleImageTokens, wholeImageTokens, wholeTextTokens } from './encode.ts';
import { type BothTokens, fused } from './fusion.ts';
import { aggregateBeforeMap, mapBeforeAggregate, type McrOutputs, type PatchPrediction, type WordPrediction } from './loss.ts'; // prettier-ignore
import { gatherTokens, unshuffle } from './mask-tokens.ts';
import { hasFusion, hasMaskedPass, partsOf, patchDecoderSizes } from './parts.ts';

/** One masked pass for all of it or, with `input: 'dual'`, an unmasked one for the contrast and a masked one beside. */
export function mcrOutputs(weights: Weights, config: McrConfig, batch: Tensors): McrOutputs {
  const isDual = config.mcr.input === 'dual';
  const whole = isDual ? wholeTokens(weights, config, batch) : undefined;
  const masked = isDual && !hasMaskedPass(config) ? undefined : maskedTokens(weights, config, batch);
  const contrasted = whole ?? masked!; // one of them is there: without the whole pass there is a masked one
  const filled = masked === undefined ? {} : filledIn(weights, config, batch, masked);
  return { ...embeddings(weights, config, contrasted, weight(batch, 'mask')), ...filled };
}

/** The rows of the common space that these tokens make: all image tokens, and those of a text that `valid_BT` marks. */
function embeddings(
  weights: Weights,
  config: McrConfig,
  { image_BKD, text_BTF }: BothTokens,
  valid_BT: tf.Tensor2D,
): Pick<McrOutputs, 'image' | 'text'> {
  const [B, K] = image_BKD.shape;
  return {
    image: embeddingOf(weights, config, 'image', image_BKD, tf.ones([B, K])),
    text: embeddingOf(weights, config, 'text', text_BTF, valid_BT),
  };
}

/** Tokens of one encoder to unit rows `[B, E]`, in the order that the configuration asks for. */
export function embeddingOf(
  weights: Weights,
  { mcr: { pooling } }: McrConfig,
  encoder: 'image' | 'text',
  tokens_BTD: tf.Tensor3D,
  valid_BT: tf.Tensor2D,
): tf.Tensor2D {
  const embed = pooling === 'mapFirst' ? mapBeforeAggregate : aggregateBeforeMap;
  return embed(tokens_BTD, valid_BT, tokenMap(weights, encoder));
}

/** The map of every token of an encoder into the common space. */
export function tokenMap(weights: Weights, encoder: 'image' | 'text'): Parameters<typeof mapBeforeAggregate>[2] {
  return {
    weight_DE: weight<tf.Rank.R2>(weights, `${encoder}.map.weight`),
    bias_E: weight<tf.Rank.R1>(weights, `${encoder}.map.bias`),
  };
}

function wholeTokens(weights: Weights, config: McrConfig, batch: Tensors): BothTokens {
  return {
    image_BKD: wholeImageTokens(weights, config, weight(batch, 'image')),
    text_BTF: wholeTextTokens(weights, config, weight(batch, 'ids'), weight(batch, 'mask')),
  };
}

/** The tokens of what is visible. What is not masked by the configuration is whole. */
function maskedTokens(weights: Weights, config: McrConfig, batch: Tensors): BothTokens {
  const { masksImage, masksText } = partsOf(config);
  const [ids, valid] = [weight<tf.Rank.R2>(batch, 'ids'), weight<tf.Rank.R2>(batch, 'mask')];
  const image = weight(batch, 'image');
  return {
    image_BKD: masksImage
      ? visibleImageTokens(weights, config, patchPixels(config, image), weight(batch, 'keep'))
      : wholeImageTokens(weights, config, image),
    text_BTF: masksText
      ? maskedTextTokens(weights, config, ids, valid, weight(batch, 'maskedWords'))
      : wholeTextTokens(weights, config, ids, valid),
  };
}

/** What the decoders make of the visible tokens. */
function filledIn(
  weights: Weights,
  config: McrConfig,
  batch: Tensors,
  visible: BothTokens,
): Pick<McrOutputs, 'patches' | 'words'> {
  const { fillsImage, fillsText } = partsOf(config);
  const seen = hasFusion(config) ? fused(weights, 'fusion', config, visible, weight(batch, 'mask')) : visible;
  return {
    patches: fillsImage ? filledPatches(weights, config, batch, seen.image_BKD) : undefined,
    words: fillsText ? filledWords(weights, batch, seen.text_BTF) : undefined,
  };
}

function filledPatches(weights: Weights, config: McrConfig, batch: Tensors, image_BKD: tf.Tensor3D): PatchPrediction {
  const restore_BP = weight<tf.Rank.R2>(batch, 'restore');
  return {
    patches_NPq: patchPixels(config, weight(batch, 'image')),
    prediction_NPq: decodePatches(weights, 'decodeImage', patchDecoderSizes(config), image_BKD, (x, hidden) =>
      unshuffle(x, hidden, restore_BP),
    ),
    masked_NP: weight(batch, 'maskedPatches'),
  };
}

/** Of the hidden places alone: nobody asks what the decoder makes of the others. */
function filledWords(weights: Weights, batch: Tensors, text_BTF: tf.Tensor3D): WordPrediction {
  const hidden_BMF = gatherTokens(text_BTF, weight(batch, 'hiddenPlaces'));
  return {
    logits_NTV: decodeWords(weights, 'decodeText', hidden_BMF),
    tokens_NT: weight(batch, 'hiddenPieces'),
    masked_NT: weight(batch, 'isHidden'),
  };
}
