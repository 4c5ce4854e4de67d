/** The encoders that a configuration asks for. B examples, T tokens, E features of an embedding. @module */
import type * as tf from '@tensorflow/tfjs';
import { encodeImage, imageEncoderParameters } from '#client/model/image-encoder';
import type { Parameter, Weights } from '#client/model/parameters';
import { encodeByResNet, resNetParameters, type ResNetSizes } from '#client/model/resnet';
import { encodeText, textEncoderParameters, type TextEncoderSizes } from '#client/model/text-encoder';
import { vocabularyNamed } from '#client/text/vocabularies';
import { extentsOf, type ImageConfig, type MethodConfig } from './config.ts';

/** The parameters of the image encoder under `name`. */
export function imageParameters(name: string, { image, embedding }: MethodConfig): readonly Parameter[] {
  if (image.encoder === 'vit') return imageEncoderParameters(name, image, embedding);
  return resNetParameters(name, resNetSizes(image), embedding);
}

/** `[B, ...size]`, or with channels behind, to `[B, E]`, not normalised. */
export function imageEmbedding(weights: Weights, name: string, { image }: MethodConfig, x: tf.Tensor): tf.Tensor2D {
  if (image.encoder === 'vit') return encodeImage(weights, name, image, x);
  return encodeByResNet(weights, name, resNetSizes(image), x);
}

/** The parameters of the text encoder under `name`. */
export function textParameters(name: string, config: MethodConfig): readonly Parameter[] {
  return textEncoderParameters(name, textSizes(config), config.embedding);
}

/** Ids and mask `[B, T]` to `[B, E]`, not normalised. */
export function textEmbedding(
  weights: Weights,
  name: string,
  config: MethodConfig,
  ids_BT: tf.Tensor2D,
  mask_BT: tf.Tensor2D,
): tf.Tensor2D {
  return encodeText(weights, name, textSizes(config), ids_BT, mask_BT);
}

/** The sizes of the text encoder. */
export function textSizes({ text }: MethodConfig): TextEncoderSizes {
  const { length, dim, blocks, heads } = text;
  return { length, dim, blocks, heads, vocabulary: vocabularyNamed(text.vocabulary).pieces.length };
}

/** The sizes of the residual network. */
export function resNetSizes(image: ImageConfig): ResNetSizes {
  const { block, blocks, width, groups, kernel, strides } = image.resnet;
  const axes = extentsOf(image).length === 3 ? 3 : 2;
  return { axes, channels: image.channels, block, blocks, width, groups, stem: { kernel, strides } };
}
