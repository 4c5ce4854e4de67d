/** Helpers for claims: means over hospitals, paired differences over seeds, intervals. */
import { figureAt } from '#client/evaluate/figures';
import { meanOf } from '#client/evaluate/mean';
import type { Measure } from '#client/methods/types';
import type { Column } from '../columns.ts';
import type { Figure } from '../types.ts';
import type { MethodBench, SeedResult } from './types.ts';

/** A figure of every hospital, where it has one. */
export function ofHospitals(columns: readonly Column[], path: string): readonly number[] {
  return columns.map(({ report }) => figureAt(report.figures, path)).filter((value) => value !== null);
}

/** The mean over hospitals, each counted once. */
export function overHospitals(columns: readonly Column[], path: string): number {
  return meanOf(ofHospitals(columns, path));
}

/** An arm's figure, the mean over hospitals, seed by seed. */
export function bySeed(seeds: readonly SeedResult[], arm: string, path: string): readonly number[] {
  return seeds.map((seed) => overHospitals(seed.arms[arm]!.columns, path)); // every arm was trained
}

/** Student's t at 97.5 % for 1, 2, ... degrees of freedom. */
const t975 = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26];

/** Half of the 95 % interval of the mean over seeds; NaN of one seed. */
export function halfInterval(values: readonly number[]): number {
  const n = values.length;
  const centre = meanOf(values);
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (n - 1);
  return (t975[n - 2] ?? 1.96) * Math.sqrt(variance / n);
}

/** An arm's figure: its mean over seeds, with the interval in the name. */
export function armFigure(name: string, values: readonly number[], better: Measure['better']): Figure {
  const half = halfInterval(values);
  const width = Number.isFinite(half) ? ` (± ${half.toFixed(3)})` : '';
  return { name: `${name}${width}`, value: meanOf(values), unit: '', better, reach: null, reference: null };
}

/** The mean paired difference `own - control`, with its interval, and what it is to reach. */
export function difference(
  name: string,
  own: readonly number[],
  control: readonly number[],
  reach: number | null,
): Figure {
  const differences = own.map((value, i) => value - control[i]!); // of the same seeds
  const reference = { name: 'control', value: meanOf(control), measured: 'this run' };
  return { ...armFigure(name, differences, 'higher'), reach, reference };
}

/** In how many seeds `own` is above (or, where less is better, below) `control`. */
export function wins(
  name: string,
  own: readonly number[],
  control: readonly number[],
  better: Measure['better'],
  reach: number,
): Figure {
  const won = own.filter((value, i) => (better === 'higher' ? value > control[i]! : value < control[i]!)).length;
  const reference = { name: 'seeds', value: own.length, measured: 'this run' };
  return { name, value: won, unit: 'seeds', better: 'higher', reach: Math.min(reach, own.length), reference };
}

/**
 * The claim of every method: in the mean over seeds, on every hospital's own test pairs, the federated model is above the
 * best of the models trained at one hospital (the best for that hospital in that seed), and at least 0.85 of the model of
 * all data in one place.
 */
export function commonClaims({ headline, own }: MethodBench, seeds: readonly SeedResult[]): readonly Figure[] {
  const { path, title, better } = headline;
  const sign = better === 'higher' ? 1 : -1;
  const at = (columns: readonly Column[], site: number): number => figureAt(columns[site]!.report.figures, path) ?? NaN;
  const sites = seeds[0]!.pooled.map(({ site }) => site);
  const federated = seeds.map((seed) => seed.arms[own.name]!.columns);
  const margins = sites.map((_, site) =>
    meanOf(
      seeds.map((seed, i) => {
        const best = Math.max(...seed.alone.map((columns) => sign * at(columns, site)));
        return sign * at(federated[i]!, site) - best;
      }),
    ),
  );
  const joint = meanOf(federated.map((columns) => overHospitals(columns, path)));
  const pooled = meanOf(seeds.map((seed) => overHospitals(seed.pooled, path)));
  const alone = meanOf(seeds.map((seed) => meanOf(seed.alone.map((columns, i) => at(columns, i)))));
  const figure = (name: string, value: number, reach: number | null, reference: Figure['reference']): Figure => ({
    ...{ name, value, unit: '', better: 'higher', reach, reference },
  });
  const place = (name: string, value: number): Figure['reference'] => ({ name, value, measured: 'this run' });
  return [
    ...sites.map((site, i) =>
      figure(`${title}: federated minus best single, at ${site}`, margins[i]!, 0, place('federated, mean', joint)),
    ),
    figure(
      `${title}: federated minus best single, worst hospital`,
      Math.min(...margins),
      0,
      place('alone, own', alone),
    ),
    figure(
      `${title}: federated over all in one place`,
      better === 'higher' ? joint / pooled : pooled / joint,
      0.85,
      place('all in one place', pooled),
    ),
  ];
}
