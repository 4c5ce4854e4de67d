/**
 * Zero-shot scores: how near an image, and what it reads from the bank, is to a prompt. Any text may be asked for; nothing
 * was trained for the classes.
 *
 * @module
 */
import type { Pair } from '#client/data/types';
import { dot } from '#client/evaluate/dot';
import { outputNamed } from '../outputs.ts';
import type { Model } from '../types.ts';

/** What a prompt is compared with; `both` is the mean of the two cosines, as published. */
export type Scored = 'both' | 'image' | 'read';

/**
 * ½ (cos(v, p) + cos(v̂, p)) for each pair's image and each prompt: `[N, C]`. Prompts are not read from the bank. A model
 * without a bank has cos(v, p) alone.
 */
export async function zeroShotScoresOf(
  model: Model,
  pairs: readonly Pick<Pair, 'image'>[],
  prompts: readonly string[],
  scored: Scored = 'both',
): Promise<readonly (readonly number[])[]> {
  const images = await model.images(pairs);
  const asked = outputNamed(await model.texts(prompts), 'embedding');
  const own = outputNamed(images, 'embedding');
  const read = images['read'] ?? own;
  const [first, second] = { both: [own, read], image: [own, own], read: [read, read] }[scored] as [
    typeof own,
    typeof own,
  ]; // two each
  return pairs.map((_, i) => asked.map((p) => 0.5 * (dot(first[i]!, p) + dot(second[i]!, p)))); // one of each pair
}
