/** Images, texts and places as the values of a batch. B examples, T tokens. @module */
import type { HostValues } from '#client/engine/types';
import { sizeOf } from '#client/model/parameters';
import { tokenize } from '#client/text/tokenize';
import { vocabularyNamed } from '#client/text/vocabularies';
import { extentsOf, type MethodConfig } from '../config.ts';

/** Numbers of one image, channels included. */
export function imageLength({ image }: MethodConfig): number {
  return sizeOf(extentsOf(image)) * image.channels;
}

/** `[B, ...size]`: `place` writes an example's image from `at` on; places beyond the examples hold zeros. */
export function imageValues<Example>(
  config: MethodConfig,
  size: number,
  examples: readonly Example[],
  place: (example: Example, out: Float32Array, at: number) => void,
): Float32Array {
  const length = imageLength(config);
  const out = new Float32Array(size * length);
  examples.forEach((example, i) => {
    place(example, out, i * length);
  });
  return out;
}

/** `ids` and `mask` `[B, T]`; places beyond the texts hold the class token alone. */
export function textValues({ text }: MethodConfig, size: number, texts: readonly string[]): HostValues {
  const vocabulary = vocabularyNamed(text.vocabulary);
  const ids = new Int32Array(size * text.length);
  const mask = new Float32Array(size * text.length);
  for (let i = 0; i < size; i++) {
    const tokens = tokenize(texts[i] ?? '', vocabulary, text.length);
    ids.set(tokens.ids, i * text.length);
    mask.set(tokens.mask, i * text.length);
  }
  return { ids, mask };
}

/** `[B]`: 1 for an example, 0 for a place that a short batch leaves empty. */
export function presentValues(size: number, examples: number): Float32Array {
  return new Float32Array(size).fill(1, 0, examples);
}
