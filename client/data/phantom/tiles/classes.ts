/**
 * The classes of the phantom of tiles: three grades, by the sum of three scores as pathologists grade (the Nottingham and
 * FNCLCC gradings add scores too). A grade says little of each score, so labels alone teach them slowly, and a report
 * says all three.
 *
 * @module
 */
import type { Score, Tissue } from './types.ts';

export const scores: readonly Score[] = [1, 2, 3];

/** Every class, in one order. */
export const tileClasses: readonly string[] = ['grade-1', 'grade-2', 'grade-3'];

/** The grade's index by the sum of the scores: up to 5, up to 7, above. A perfect reader of the generator's parameters. */
export function gradeIndex({ tubules, nuclei, necrosis }: Pick<Tissue, 'tubules' | 'nuclei' | 'necrosis'>): number {
  const sum = tubules + nuclei + necrosis;
  return sum <= 5 ? 0 : sum <= 7 ? 1 : 2;
}

/** The class of what a tile shows. */
export function classOf(tissue: Pick<Tissue, 'tubules' | 'nuclei' | 'necrosis'>): string {
  return tileClasses[gradeIndex(tissue)]!;
}
