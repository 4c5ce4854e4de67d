/**
 * What a configuration of MCR is made of: its parameters, and which parts of a step it has. E features of the common space.
 *
 * @module
 */
import { patchDecoderParameters, type PatchDecoderSizes, wordDecoderParameters } from '#client/model/decoders';
import { imageEncoderParameters, patchGrid } from '#client/model/image-encoder';
import { linearParameters, type Parameter } from '#client/model/parameters';
import { textEncoderParameters } from '#client/model/text-encoder';
import { imageSizes, textSizes } from '../encoders.ts';
import type { McrConfig } from './config.ts';
import { fusionParameters } from './fusion.ts';

/** Which parts of the batch are masked, and which are filled in again. */
interface Parts {
  readonly masksImage: boolean;
  readonly masksText: boolean;
  readonly fillsImage: boolean;
  readonly fillsText: boolean;
}

/** Nothing is filled in that was not masked or that weighs nothing, and nothing is masked that nobody reads. */
export function partsOf({ mcr }: McrConfig): Parts {
  const fillsImage = mcr.imageMask > 0 && mcr.lambda1 > 0;
  const fillsText = mcr.textMask > 0 && mcr.lambda2 > 0;
  const readsAll = mcr.input === 'masked' || (mcr.crossDecoders && (fillsImage || fillsText));
  return {
    masksImage: mcr.imageMask > 0 && (readsAll || fillsImage),
    masksText: mcr.textMask > 0 && (readsAll || fillsText),
    fillsImage,
    fillsText,
  };
}

/** Encoders and their maps, then the decoders, which stay at their site unless they are shared. */
export function mcrParameters(config: McrConfig): readonly Parameter[] {
  const { image, text, embedding } = config;
  return [
    ...withoutHead(imageEncoderParameters('image', imageSizes(config), embedding), 'image'),
    ...linearParameters('image.map', image.dim, embedding),
    ...withoutHead(textEncoderParameters('text', textSizes(config), embedding), 'text'),
    ...linearParameters('text.map', text.dim, embedding),
    ...hiddenWord(config),
    ...decoderParameters(config).map((one) => ({ ...one, kept: config.mcr.decoders })),
  ];
}

/** The map of every token takes the place of the linear head over their mean. */
function withoutHead(parameters: readonly Parameter[], encoder: string): readonly Parameter[] {
  return parameters.filter(({ name }) => name !== `${encoder}.head`);
}

/** What stands for every masked word. */
function hiddenWord(config: McrConfig): readonly Parameter[] {
  if (!partsOf(config).masksText) return [];
  return [{ name: 'text.hidden', shape: [config.text.dim], init: { kind: 'normal', sd: 1 } }];
}

function decoderParameters(config: McrConfig): readonly Parameter[] {
  const { fillsImage, fillsText } = partsOf(config);
  return [
    ...(hasFusion(config) ? fusionParameters('fusion', config) : []),
    ...(fillsImage ? patchDecoderParameters('decodeImage', patchDecoderSizes(config)) : []),
    ...(fillsText ? wordDecoderParameters('decodeText', config.text.dim, textSizes(config).vocabulary) : []),
  ];
}

/** Whether a masked pass reconstructs anything. */
export function hasMaskedPass(config: McrConfig): boolean {
  const { fillsImage, fillsText } = partsOf(config);
  return fillsImage || fillsText;
}

/** Whether what is visible of both goes to both decoders. */
export function hasFusion(config: McrConfig): boolean {
  return config.mcr.crossDecoders && hasMaskedPass(config);
}

/** The sizes of the decoder of patches. */
export function patchDecoderSizes({ image, mcr }: McrConfig): PatchDecoderSizes {
  const { patches, values } = patchGrid(image);
  return { inputs: image.dim, patches, values, ...mcr.decoder };
}
