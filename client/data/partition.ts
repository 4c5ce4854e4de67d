/** One `pairs.csv` dealt out to several sites, each with a `pairs.csv` of its own. @module */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { groupSites } from './group-sites.ts';
import { loadPairs } from './load-pairs.ts';
import { readPairsCsv } from './pairs-csv.ts';
import type { LeftOut, Row } from './types.ts';

/** What one site got. */
export interface SiteShare {
  /** The values of the `site` column in it. */
  readonly values: readonly string[];
  readonly rowCount: number;
  readonly csvPath: string;
}

/**
 * Writes the usable rows of a `pairs.csv` as `count` files `DIR/1/pairs.csv`, `DIR/2/pairs.csv`, ..., images by their
 * absolute paths; answers with the shares and the rows that nobody got.
 *
 * @throws UsageError (noSuchFile, badFormat, missingColumn, noUsableRows, tooFewSites)
 */
export async function partitionCsv(
  csvPath: string,
  count: number,
  dir: string,
): Promise<{ readonly shares: readonly SiteShare[]; readonly leftOut: readonly LeftOut[] }> {
  const { pairs, leftOut } = await loadPairs(csvPath, 8); // read to learn which rows are usable: any size will do
  const usable = new Set(pairs.map((pair) => pair.id));
  const rows = (await readPairsCsv(csvPath)).filter((row) => usable.has(row.id));
  const folder = dirname(csvPath);
  const shares = groupSites(rows, count).map((group, i) => ({
    ...group,
    csvPath: join(dir, String(i + 1), 'pairs.csv'),
  }));
  for (const share of shares) {
    await mkdir(dirname(share.csvPath), { recursive: true });
    await writeFile(share.csvPath, [header, ...share.rows.map((row) => lineOf(row, folder))].join('\n') + '\n');
  }
  return {
    shares: shares.map(({ values, csvPath: path, rows: own }) => ({ values, csvPath: path, rowCount: own.length })),
    leftOut,
  };
}

const header = 'id,image_path,report_text,labels,site,patient_id,split';

function lineOf({ id, imagePath, report, labels, site, patientId, split }: Row, folder: string): string {
  const cells = [id, resolve(folder, imagePath), report, labels.join(';'), site, patientId, split ?? ''];
  return cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',');
}
