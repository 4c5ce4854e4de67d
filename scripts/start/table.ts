/** The table at the end of `npm start`, and the same as JSON (docs/reference/commands.md). */
import type { Recalls, RetrievalFigures } from '#client/evaluate/types';

export type Column = 'alone' | 'federated' | 'centralised' | 'chance';
export const columns: readonly Column[] = ['alone', 'federated', 'centralised', 'chance'];

export interface SiteResult extends Readonly<Record<Column, RetrievalFigures>> {
  readonly site: string;
  readonly trainPairs: number;
  readonly testPairs: number;
  readonly sent: { readonly maskedInputBytes: number; readonly otherBytes: number };
}

export type Mean = Readonly<Record<Column, RetrievalFigures>>;

/** The mean over sites, each counted once. */
export function meanOf(sites: readonly SiteResult[]): Mean {
  const of = (column: Column): RetrievalFigures => {
    const direction = (name: keyof RetrievalFigures): Recalls => {
      const at = (k: keyof Recalls): number =>
        sites.reduce((sum, site) => sum + site[column][name][k], 0) / sites.length;
      return { recallAt1: at('recallAt1'), recallAt5: at('recallAt5'), recallAt10: at('recallAt10') };
    };
    return { imageToReport: direction('imageToReport'), reportToImage: direction('reportToImage') };
  };
  return { alone: of('alone'), federated: of('federated'), centralised: of('centralised'), chance: of('chance') };
}

const titles: Readonly<Record<Column, string>> = {
  alone: 'this site alone',
  federated: 'federated',
  centralised: 'all data in one place',
  chance: 'chance',
};

/** Recall in per cent: one block per direction, one line per site and column. */
export function renderTable(sites: readonly SiteResult[], mean: Mean): string {
  const rows: string[] = [];
  for (const direction of ['imageToReport', 'reportToImage'] as const) {
    rows.push('', direction === 'imageToReport' ? 'image to report, recall in %' : 'report to image, recall in %');
    rows.push(`${''.padEnd(12)}${columns.map((column) => titles[column].padStart(24)).join('')}`);
    rows.push(`${''.padEnd(12)}${columns.map(() => '@1    @5   @10'.padStart(24)).join('')}`);
    for (const site of sites) rows.push(line(site.site, (column) => site[column][direction]));
    rows.push(line('mean', (column) => mean[column][direction]));
  }
  return rows.slice(1).join('\n');
}

function line(name: string, of: (column: Column) => Recalls): string {
  const cell = (column: Column): string => {
    const { recallAt1, recallAt5, recallAt10 } = of(column);
    return [recallAt1, recallAt5, recallAt10].map((share) => (100 * share).toFixed(1).padStart(6)).join('');
  };
  return `${name.padEnd(12)}${columns.map((column) => cell(column).padStart(24)).join('')}`;
}

/** What left each hospital. */
export function renderSent(sites: readonly SiteResult[]): string {
  const rows = sites.map(({ site, sent }) => {
    const { maskedInputBytes, otherBytes } = sent;
    return `${site.padEnd(12)}${megabytes(maskedInputBytes).padStart(24)}${megabytes(otherBytes).padStart(24)}`;
  });
  const head = `${'what left'.padEnd(12)}${'masked vectors'.padStart(24)}${'keys, boxes, signatures'.padStart(24)}`;
  return [head, ...rows].join('\n');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
