/**
 * Decoders that reconstruct what was masked: patches from the visible ones, and words. They are needed for training alone.
 * B examples, K visible of P patches, T tokens, D features of the encoder, W of the decoder, q values of a patch, V pieces.
 *
 * Sources: He et al. 2022 (arXiv 2111.06377), section 3, "MAE decoder"; Devlin et al. 2019 (arXiv 1810.04805), the head of
 * the released code for masked words. Deviation: the words' output layer is not tied to the word embedding, so that a
 * decoder can stay at its site while the encoder leaves it.
 *
 * @module
 */
import * as tf from '@tensorflow/tfjs';
import { exactGelu, linear, norm, projectTokens, transformer } from './layers.ts';
import { transformerParameters, type TransformerSizes } from './layers.ts';
import { linearParameters, normParameters, type Parameter, weight, type Weights } from './parameters.ts';

/** Sizes of the decoder itself, and of what it works with. */
export interface PatchDecoderSizes extends TransformerSizes {
  /** D. */
  readonly inputs: number;
  /** P. */
  readonly patches: number;
  /** q. */
  readonly values: number;
}

/** The parameters under `name`. */
export function patchDecoderParameters(name: string, sizes: PatchDecoderSizes): readonly Parameter[] {
  const { inputs, patches, values, dim } = sizes;
  return [
    ...linearParameters(`${name}.embed`, inputs, dim),
    { name: `${name}.hidden`, shape: [dim], init: { kind: 'normal', sd: 0.02 } },
    { name: `${name}.position`, shape: [patches, dim], init: { kind: 'normal', sd: 1 } },
    ...transformerParameters(name, sizes),
    ...linearParameters(`${name}.out`, dim, values),
  ];
}

/** Puts the visible tokens `[B, K, W]` at their places and `hidden_W` everywhere else: `[B, P, W]`. */
export type PlaceTokens = (visible_BKW: tf.Tensor3D, hidden_W: tf.Tensor1D) => tf.Tensor3D;

/** The values of all patches, from the visible tokens `[B, K, D]`: `[B, P, q]`. */
export function decodePatches(
  weights: Weights,
  name: string,
  sizes: PatchDecoderSizes,
  visible_BKD: tf.Tensor3D,
  place: PlaceTokens,
): tf.Tensor3D {
  const embedded_BKW = projectTokens(weights, `${name}.embed`, visible_BKD);
  const placed_BPW = place(embedded_BKW, weight<tf.Rank.R1>(weights, `${name}.hidden`));
  const [B, P, W] = placed_BPW.shape;
  const x_MW = tf.add(placed_BPW, weight(weights, `${name}.position`)).reshape<tf.Tensor2D>([B * P, W]);
  const y_MW = transformer(weights, name, sizes, { B, T: P }, x_MW);
  return linear(weights, `${name}.out`, y_MW).reshape([B, P, sizes.values]);
}

/** The parameters under `name`: D to D, a normalisation, D to V. */
export function wordDecoderParameters(name: string, dim: number, vocabulary: number): readonly Parameter[] {
  return [
    ...linearParameters(`${name}.dense`, dim, dim),
    ...normParameters(`${name}.norm`, dim),
    ...linearParameters(`${name}.out`, dim, vocabulary),
  ];
}

/** A logit for every piece at every token. `[B, T, D]` to `[B, T, V]`. */
export function decodeWords(weights: Weights, name: string, x_BTD: tf.Tensor3D): tf.Tensor3D {
  const [B, T, D] = x_BTD.shape;
  const dense_MD = exactGelu(linear(weights, `${name}.dense`, x_BTD.reshape<tf.Tensor2D>([B * T, D])));
  return linear(weights, `${name}.out`, norm(weights, `${name}.norm`, dense_MD)).reshape([B, T, -1]);
}
