/**
 * How sure a figure is: percentile intervals from resampling patients, not images, because images of one patient say one
 * thing several times.
 *
 * Source: Efron and Tibshirani 1993, "An introduction to the bootstrap", section 13.3; the cluster bootstrap of Davison
 * and Hinkley 1997, section 3.8.
 *
 * @module
 */
import type { Random } from '#client/data/random';

/** A figure of the examples with these indices; null where they do not define it. */
export type Statistic = (examples: readonly number[]) => number | null;

export interface BootstrapOptions {
  /** Default 1000. */
  readonly resamples?: number;
  /** The share of resamples inside the interval. Default 0.95. */
  readonly level?: number;
}

/** Null ends where too few resamples define the figure to name its percentiles. */
export interface Interval {
  /** Of the examples as they are. */
  readonly estimate: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly patientCount: number;
  /** The resamples that define the figure. */
  readonly defined: number;
}

/** The interval of a figure of examples that belong to patients. Reproducible for a given `random`. */
export function patientBootstrap(
  patientIds: readonly string[],
  statistic: Statistic,
  random: Random,
  { resamples = 1000, level = 0.95 }: BootstrapOptions = {},
): Interval {
  const patients = [...Map.groupBy(patientIds.keys(), (at) => patientIds[at]!).values()];
  const figures: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const figure = statistic(patients.flatMap(() => patients[random.integer(patients.length)]!));
    if (figure !== null) figures.push(figure);
  }
  figures.sort((a, b) => a - b);
  const [low, high] = [percentile(figures, (1 - level) / 2), percentile(figures, (1 + level) / 2)];
  const known = figures.length * (1 - level) >= 2; // one resample at each end at least
  return {
    estimate: statistic([...patientIds.keys()]),
    low: known ? low : null,
    high: known ? high : null,
    patientCount: patients.length,
    defined: figures.length,
  };
}

/** Linear between order statistics. */
function percentile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const next = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return sorted[below]! + (position - below) * (next - sorted[below]!);
}
