/** A figure of several hospitals: the mean, and the hospital that fares worst beside it. @module */
import { meanOf } from './mean.ts';

/** Which of two figures is the worse one. */
export type Better = 'higher' | 'lower';

/** Null where no site has the figure. */
export interface AcrossSites {
  /** Every site counts once. */
  readonly mean: number;
  readonly worst: { readonly site: string; readonly figure: number };
  /** The sites whose examples do not define the figure. */
  readonly without: readonly string[];
}

/** The mean and the worst of sites' figures; of equally bad sites the first. */
export function acrossSites(figures: ReadonlyMap<string, number | null>, better: Better): AcrossSites | null {
  const defined = [...figures].flatMap(([site, figure]) => (figure === null ? [] : [{ site, figure }]));
  const [first, ...others] = defined;
  if (first === undefined) return null;
  const isWorse = (a: number, b: number): boolean => (better === 'higher' ? a < b : a > b);
  const worst = others.reduce((found, each) => (isWorse(each.figure, found.figure) ? each : found), first);
  const without = [...figures].flatMap(([site, figure]) => (figure === null ? [site] : []));
  return { mean: meanOf(defined.map(({ figure }) => figure)), worst, without };
}
