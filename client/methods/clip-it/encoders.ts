/** The frozen encoders of CLIP-IT and what is trained of them. B examples, T tokens, E features. @module */
import type * as tf from '@tensorflow/tfjs';
import { isLinearWeight, loraParameters, withLora } from '#client/model/lora';
import type { Parameter, Weights } from '#client/model/parameters';
import { imageEmbedding, imageParameters, textEmbedding, textParameters } from '../encoders.ts';
import type { ClipItConfig } from './config.ts';
import { studentGroup, teacherGroup } from './stages.ts';

/** The encoders as the checkpoint has them: they neither move nor leave. */
export function frozenParameters(config: ClipItConfig, which: 'image' | 'text'): readonly Parameter[] {
  const own = which === 'image' ? imageParameters('image', config) : textParameters('text', config);
  return own.map((parameter) => ({ ...parameter, kept: 'frozen' }));
}

/** The factors of every linear layer of an encoder. */
export function factorParameters(config: ClipItConfig, which: 'image' | 'text'): readonly Parameter[] {
  const { rank, factors } = config.clipIt;
  const group = which === 'image' ? studentGroup : teacherGroup;
  return loraParameters(frozenParameters(config, which), { rank }, isAdapted).map((parameter) =>
    factors === 'ffa' && parameter.name.endsWith('.loraA')
      ? { ...parameter, kept: 'frozen' as const }
      : { ...parameter, group },
  );
}

/** Linear layers, patches and heads. */
function isAdapted(parameter: Parameter): boolean {
  return isLinearWeight(parameter) || parameter.name.endsWith('.head');
}

/** v = f_v(I) with the factors: `[B, E]`, not normalised. */
export function visionFeature(weights: Weights, config: ClipItConfig, image: tf.Tensor): tf.Tensor2D {
  return imageEmbedding(adapted(weights, config, 'image'), 'image', config, image);
}

/** t = f_t(T) with the factors: `[B, E]`, not normalised. */
export function textFeature(
  weights: Weights,
  config: ClipItConfig,
  ids_BT: tf.Tensor2D,
  mask_BT: tf.Tensor2D,
): tf.Tensor2D {
  return textEmbedding(adapted(weights, config, 'text'), 'text', config, ids_BT, mask_BT);
}

/** The frozen weights of an encoder with the factors in them. */
export function adapted(weights: Weights, config: ClipItConfig, which: 'image' | 'text'): Weights {
  const base = Object.fromEntries(frozenParameters(config, which).map(({ name }) => [name, weights[name]!])); // all are there
  return withLora(base, weights, config.clipIt);
}
