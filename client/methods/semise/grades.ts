/** What labels say of severity: `severity:3`, or nothing where nobody graded an image. @module */
import type { Pair } from '#client/data/types';
import { UsageError } from '#shared/errors';

/** A pair that somebody graded. */
export interface GradedPair<P> {
  readonly pair: P;
  readonly grade: number;
}

const mark = 'severity:';

/**
 * The grade that the labels name, from 0 to `grades` - 1.
 *
 * @throws UsageError (badFormat) if it is no such number, or two labels name one
 */
export function gradeOf({ labels }: Pick<Pair, 'labels'>, grades: number): number | undefined {
  const [own, ...others] = labels.filter((label) => label.startsWith(mark));
  if (own === undefined) return undefined;
  const text = own.slice(mark.length);
  const grade = Number(text);
  if (others.length === 0 && /^[0-9]{1,3}$/.test(text) && grade < grades) return grade;
  throw new UsageError(
    'badFormat',
    `the column labels: one severity:N with N from 0 to ${grades - 1} is expected, or none; the plan's grades say how many there are`,
  );
}

/** The pairs with a grade, in order. @throws as `gradeOf` */
export function gradedOf<P extends Pick<Pair, 'labels'>>(
  pairs: readonly P[],
  grades: number,
): readonly GradedPair<P>[] {
  return pairs.flatMap((pair) => {
    const grade = gradeOf(pair, grades);
    return grade === undefined ? [] : [{ pair, grade }];
  });
}
