/**
 * CLIP: an image encoder and a text encoder whose embeddings of one pair are drawn together and of different pairs
 * apart. Source: Radford et al. 2021 (arXiv 2103.00020), section 2.3. Deviation: the scale begins at 10 instead of
 * 1 / 0.07, for small batches of short reports.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensors } from '#client/engine/types';
import { encodeImage, imageEncoderParameters } from '#client/model/image-encoder';
import { type Parameter, weight, type Weights } from '#client/model/parameters';
import { encodeText, textEncoderParameters, type TextEncoderSizes } from '#client/model/text-encoder';
import { vocabularyNamed } from '#client/text/vocabularies';
import type { MethodConfig } from '../config.ts';
import { infoNce, unit } from '../contrastive.ts';
import type { Embeddings, Method } from '../types.ts';

const initialScale = 10;
const greatestScale = 100;

export const clip: Method = {
  name: 'clip',

  parameters(config: MethodConfig): readonly Parameter[] {
    return [
      ...imageEncoderParameters('image', config.image, config.embedding),
      ...textEncoderParameters('text', textSizes(config), config.embedding),
      { name: 'logScale', shape: [], init: { kind: 'constant', value: Math.log(initialScale) } },
    ];
  },

  loss(config: MethodConfig, weights: Weights, batch: Tensors): tf.Scalar {
    const { image, text } = encode(config, weights, batch);
    const scale = tf.minimum<tf.Scalar>(tf.exp(weight(weights, 'logScale')), greatestScale);
    return infoNce(image, text, scale, weight<tf.Rank.R1>(batch, 'present')).loss;
  },

  embed(config: MethodConfig, weights: Weights, batch: Tensors): Embeddings {
    const { image, text } = encode(config, weights, batch);
    return { image: unit(image), text: unit(text) };
  },
};

function encode(config: MethodConfig, weights: Weights, batch: Tensors): Embeddings {
  const [ids, mask] = [weight<tf.Rank.R2>(batch, 'ids'), weight<tf.Rank.R2>(batch, 'mask')];
  return {
    image: encodeImage(weights, 'image', config.image, weight<tf.Rank.R3>(batch, 'image')),
    text: encodeText(weights, 'text', textSizes(config), ids, mask),
  };
}

function textSizes({ text }: MethodConfig): TextEncoderSizes {
  const { length, dim, blocks, heads } = text;
  return { length, dim, blocks, heads, vocabulary: vocabularyNamed(text.vocabulary).pieces.length };
}
