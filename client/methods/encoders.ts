/** The encoders that a configuration asks for. B examples, T tokens, E features of an embedding. @module */
import type * as tf from '@tensorflow/tfjs';
import type { TrainingPass } from '#client/model/batch-norm';
import { bertKind } from '#client/model/checkpoint/bert';
import { vitKind } from '#client/model/checkpoint/vit';
import { encodeImage, imageEncoderParameters, type ImageEncoderSizes } from '#client/model/image-encoder';
import type { Parameter, Weights } from '#client/model/parameters';
import { encodeByResNet, resNetParameters, type ResNetSizes } from '#client/model/resnet';
import { encodeText, textEncoderParameters, type TextEncoderSizes } from '#client/model/text-encoder';
import { vocabularyNamed } from '#client/text/vocabularies';
import { extentsOf, type ImageConfig, type MethodConfig, type Pretrained } from './config.ts';

/** What encoders are made of: the common sections, and checkpoints where the method reads some. */
export type EncoderConfig = MethodConfig & { readonly pretrained?: Pretrained | undefined };

/** The parameters of the image encoder under `name`. */
export function imageParameters(name: string, config: EncoderConfig): readonly Parameter[] {
  const { image, embedding } = config;
  if (image.encoder === 'vit') return imageEncoderParameters(name, imageSizes(config), embedding);
  return resNetParameters(name, resNetSizes(image), embedding);
}

/** `[B, ...size]`, or with channels behind, to `[B, E]`, not normalised. A loss says that it is `training`. */
export function imageEmbedding(
  weights: Weights,
  name: string,
  config: EncoderConfig,
  x: tf.Tensor,
  training?: TrainingPass,
): tf.Tensor2D {
  if (config.image.encoder === 'vit') return encodeImage(weights, name, imageSizes(config), x);
  return encodeByResNet(weights, name, resNetSizes(config.image), x, training);
}

/** The sizes of the vision transformer, and its kind. */
export function imageSizes({ image, pretrained }: EncoderConfig): ImageEncoderSizes {
  return pretrained?.image === undefined ? image : { ...image, ...vitKind };
}

/** The parameters of the text encoder under `name`. */
export function textParameters(name: string, config: EncoderConfig): readonly Parameter[] {
  return textEncoderParameters(name, textSizes(config), config.embedding);
}

/** Ids and mask `[B, T]` to `[B, E]`, not normalised. */
export function textEmbedding(
  weights: Weights,
  name: string,
  config: EncoderConfig,
  ids_BT: tf.Tensor2D,
  mask_BT: tf.Tensor2D,
): tf.Tensor2D {
  return encodeText(weights, name, textSizes(config), ids_BT, mask_BT);
}

/** The sizes of the text encoder, and its kind. */
export function textSizes({ text, pretrained }: EncoderConfig): TextEncoderSizes {
  const { length, dim, blocks, heads } = text;
  const sizes = { length, dim, blocks, heads, vocabulary: vocabularyNamed(text.vocabulary).pieces.length };
  return pretrained?.text === undefined ? sizes : { ...sizes, ...bertKind };
}

/** The sizes of the residual network. */
export function resNetSizes(image: ImageConfig): ResNetSizes {
  const { block, blocks, width, norm, groups, kernel, strides } = image.resnet;
  const axes = extentsOf(image).length === 3 ? 3 : 2;
  return { axes, channels: image.channels, block, blocks, width, norm, groups, stem: { kernel, strides } };
}
