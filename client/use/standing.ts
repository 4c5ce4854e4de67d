/** Where a score stands among those of a hospital's own images: a number of a model says little by itself. @module */
import { readInParts } from '#client/data/load-pairs';
import { extentsOf } from '#client/methods/config';
import type { Imaged, Trained } from './open-trained.ts';

/** What gives each image one score for each of C questions, `[N, C]`. */
export type Scorer = (images: readonly Imaged[]) => Promise<readonly (readonly number[])[]>;

/** The scores of every readable image of a `pairs.csv`, `[N, C]`. @throws UsageError (noSuchFile, badFormat, missingColumn) */
export async function scoresOfAll(
  { method }: Trained,
  csv: string,
  scorer: Scorer,
): Promise<readonly (readonly number[])[]> {
  const { image } = method.config;
  const all: (readonly number[])[] = [];
  for await (const part of readInParts(csv, { size: extentsOf(image), channels: image.channels, reports: false })) {
    const usable = part.flatMap((one) => ('why' in one ? [] : [one]));
    if (usable.length > 0) all.push(...(await scorer(usable)));
  }
  return all;
}

/** The share of `others` below a score, a tie being one half; null among none. */
export function shareBelow(score: number, others: readonly number[]): number | null {
  if (others.length === 0) return null;
  const sum = others.reduce((total, other) => total + (other < score ? 1 : other === score ? 0.5 : 0), 0);
  return sum / others.length;
}

/** Places among themselves, the greatest score first, from 1; equal scores share the first of their places. */
export function ranksOf(scores: readonly number[]): readonly number[] {
  return scores.map((score) => 1 + scores.filter((other) => other > score).length);
}
