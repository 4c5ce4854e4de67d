/**
 * One file, several sites: whole values of the `site` column are put together into groups of about equal size, always
 * the same way. Values that share a patient stay together, so that no patient is at two sites. Only rows with a report
 * count, for the others cannot be used, unless no row has one: then it is data for a method that reads images alone.
 *
 * @module
 */
import { UsageError } from '#shared/errors';
import { groupBy } from './group-by.ts';
import type { Row } from './types.ts';

/** One site of the simulated consortium. */
export interface SiteGroup<R> {
  /** The values of the `site` column in it, in order. */
  readonly values: readonly string[];
  readonly rows: readonly R[];
}

type Sited = Pick<Row, 'site' | 'patientId' | 'report'>;

/**
 * `count` groups: the largest block of values first, each to the group that has the fewest reports so far.
 *
 * @throws UsageError (tooFewSites) if the values with a report are fewer than the groups asked for
 */
export function groupSites<R extends Sited>(rows: readonly R[], count: number): readonly SiteGroup<R>[] {
  const blocks = blocksOfValues(rows);
  const filled = blocks.filter(({ size }) => size > 0).length;
  if (filled < count) {
    const found = `the column site has ${filled} values with reports and without a common patient`;
    throw new UsageError('tooFewSites', `${found}, so it cannot make ${count} sites: ask for fewer, or give more data`);
  }
  const groups = Array.from({ length: count }, () => ({ values: [] as string[], size: 0 }));
  for (const block of blocks) {
    const smallest = groups.reduce((best, group) => (group.size < best.size ? group : best));
    smallest.values.push(...block.values);
    smallest.size += block.size;
  }
  return groups.map(({ values }) => {
    const own = new Set(values);
    return { values: values.sort(byText), rows: rows.filter((row) => own.has(row.site)) };
  });
}

/** Values joined by a common patient, the largest block first. */
function blocksOfValues(
  rows: readonly Sited[],
): readonly { readonly values: readonly string[]; readonly size: number }[] {
  const anyReport = rows.some(({ report }) => report !== '');
  const counts = ({ report }: Sited): boolean => report !== '' || !anyReport;
  const sizes = new Map([...groupBy(rows, (row) => row.site)].map(([site, own]) => [site, own.filter(counts).length]));
  const leaderOf = new Map([...sizes.keys()].map((site) => [site, site]));
  const find = (site: string): string => {
    const leader = leaderOf.get(site) ?? site;
    return leader === site ? site : find(leader);
  };
  for (const own of groupBy(rows, (row) => row.patientId).values()) {
    for (const { site } of own) leaderOf.set(find(site), find(own[0]?.site ?? site));
  }
  return [...groupBy([...sizes.keys()], find).values()]
    .map((values) => ({
      values: [...values].sort(byText),
      size: values.reduce((sum, v) => sum + (sizes.get(v) ?? 0), 0),
    }))
    .sort((a, b) => b.size - a.size || byText(a.values[0] ?? '', b.values[0] ?? ''));
}

/** By code units, not by locale: the same on every machine. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
