/** The table at the end of `npm start`, and the same as JSON (docs/reference/commands.md). */
import { acrossSites } from '#client/evaluate/across-sites';
import { figureAt, figureText, meanFigures } from '#client/evaluate/figures';
import type { Figures } from '#client/evaluate/types';
import type { Measure } from '#client/methods/types';

export type Column = 'alone' | 'federated' | 'centralised' | 'chance';
export const columns: readonly Column[] = ['alone', 'federated', 'centralised', 'chance'];

export interface SiteResult extends Readonly<Record<Column, Figures>> {
  readonly site: string;
  readonly trainPairs: number;
  readonly testPairs: number;
  readonly sent: { readonly maskedInputBytes: number; readonly otherBytes: number };
}

export type Mean = Readonly<Record<Column, Figures>>;

/** The mean over sites, each counted once. */
export function meanOf(sites: readonly SiteResult[]): Mean {
  const of = (column: Column): Figures => meanFigures(sites.map((site) => site[column]));
  return { alone: of('alone'), federated: of('federated'), centralised: of('centralised'), chance: of('chance') };
}

/** The figure of the hospital that is served worst. */
export function worstOf(sites: readonly SiteResult[], column: Column, { path, better }: Measure): number | null {
  const figures = new Map(sites.map((site) => [site.site, figureAt(site[column], path)]));
  return acrossSites(figures, better)?.worst.figure ?? null;
}

const titles: Readonly<Record<Column, string>> = {
  alone: 'this site alone',
  federated: 'federated',
  centralised: 'all data in one place',
  chance: 'chance',
};
const width = 24;

/** One block for each measure, in it a line for each site, their mean, and the hospital that is served worst. */
export function renderTable(measures: readonly Measure[], sites: readonly SiteResult[], mean: Mean): string {
  const head = columns.map((column) => titles[column].padStart(width)).join('');
  const blocks = measures.map((measure) => {
    const cells = (name: string, of: (column: Column) => number | null): string =>
      name.padEnd(12) + columns.map((column) => figureText(of(column), measure.scale).padStart(width)).join('');
    return [
      measure.better === 'higher' ? measure.title : `${measure.title} (less is better)`,
      ''.padEnd(12) + head,
      ...sites.map((site) => cells(site.site, (column) => figureAt(site[column], measure.path))),
      cells('mean', (column) => figureAt(mean[column], measure.path)),
      cells('worst', (column) => worstOf(sites, column, measure)),
    ].join('\n');
  });
  return blocks.join('\n\n');
}

/** What left each hospital. */
export function renderSent(sites: readonly SiteResult[]): string {
  const rows = sites.map(({ site, sent }) => {
    const { maskedInputBytes, otherBytes } = sent;
    return `${site.padEnd(12)}${megabytes(maskedInputBytes).padStart(width)}${megabytes(otherBytes).padStart(width)}`;
  });
  const head = `${'what left'.padEnd(12)}${'masked vectors'.padStart(width)}${'keys, boxes, signatures'.padStart(width)}`;
  return [head, ...rows].join('\n');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
