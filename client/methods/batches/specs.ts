/** The inputs that several methods' programs share. B examples, T tokens. @module */
import { type MethodConfig, extentsOf } from '../config.ts';
import type { BatchSpecs } from '../types.ts';

/** `image`: `[B, ...size]`, with channels behind where there are several. */
export function imageSpecs({ image }: MethodConfig, size: number): BatchSpecs {
  const channels = image.channels === 1 ? [] : [image.channels];
  return { image: { shape: [size, ...extentsOf(image), ...channels], dtype: 'float32' } };
}

/** `ids` (int32) and `mask` (1 for a token): `[B, T]`. */
export function textSpecs({ text }: MethodConfig, size: number): BatchSpecs {
  const shape = [size, text.length];
  return { ids: { shape, dtype: 'int32' }, mask: { shape, dtype: 'float32' } };
}

/** A training batch of pairs: images, texts, and `present` `[B]`: 1 for a pair, 0 for an empty place. */
export function pairSpecs(config: MethodConfig): BatchSpecs {
  const size = config.training.batchSize;
  return {
    ...imageSpecs(config, size),
    ...textSpecs(config, size),
    present: { shape: [size], dtype: 'float32' },
  };
}
