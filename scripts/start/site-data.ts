/** One `pairs.csv` for every site, from the phantom or from one file whose `site` values are put together. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { groupSites } from '#client/data/group-sites';
import { readPairsCsv } from '#client/data/pairs-csv';
import type { Row } from '#client/data/types';

export interface SiteFile {
  readonly site: string;
  readonly csv: string;
  /** The values of the `site` column that went into it. */
  readonly values: readonly string[];
}

/** Whole values of the `site` column, put together into `count` sites of about equal size, each in a file of its own. */
export async function divideBySite(csv: string, count: number, folder: string): Promise<readonly SiteFile[]> {
  const groups = groupSites(await readPairsCsv(csv), count);
  await mkdir(folder, { recursive: true });
  return Promise.all(
    groups.map(async ({ values, rows }, i) => {
      const [only, ...more] = values;
      const site = more.length === 0 && /^[a-z0-9][a-z0-9-]*$/.test(only ?? '') ? (only ?? '') : `site-${i + 1}`;
      const path = join(folder, `${site}.csv`);
      await writeFile(path, [header, ...rows.map((row) => line(row, dirname(csv)))].join('\r\n') + '\r\n');
      return { site, csv: path, values };
    }),
  );
}

const header = 'id,image_path,report_text,labels,site,patient_id,split';

function line(row: Row, folder: string): string {
  const image = row.imagePath === '' ? '' : resolve(folder, row.imagePath);
  const cells = [row.id, image, row.report, row.labels.join(';'), row.site, row.patientId, row.split ?? ''];
  return cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',');
}
