/**
 * A site's `pairs.csv` as image-report pairs: rows without a report or a readable image are left out and named.
 *
 * @module
 */
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from '#shared/errors';
import { type ImageReading, readImage, standardised } from './read-image.ts';
import { readPairsCsv } from './pairs-csv.ts';
import { splitByPatient } from './split.ts';
import type { LeftOut, Row, SiteData } from './types.ts';

/** What a method reads of a row. */
export interface PairReading extends ImageReading {
  /** Whether a row without a report is of no use. */
  readonly reports: boolean;
}

/** Images decoded at a time. */
const atOnce = 16;

/** A row with its standardised image, or why it is of no use. */
export type ReadRow = { readonly row: Row; readonly image: Float32Array } | LeftOut;

/**
 * The pairs of a `pairs.csv` in the file's order, split by patient.
 *
 * @throws UsageError (noSuchFile, badFormat, missingColumn, noUsableRows)
 */
export async function loadPairs(csvPath: string, reading: PairReading): Promise<SiteData> {
  const read: ReadRow[] = [];
  for await (const part of readInParts(csvPath, reading)) read.push(...part);
  const usable = read.flatMap((one) => ('image' in one ? [one] : []));
  const leftOut = read.flatMap((one) => ('why' in one ? [one] : []));
  if (usable.length === 0) {
    throw new UsageError(
      'noUsableRows',
      `${csvPath}: none of its ${read.length} rows has what the method reads: ${reading.reports ? 'a report and ' : ''}a readable image`,
    );
  }
  const splits = splitByPatient(usable.map(({ row }) => row));
  const pairs = usable.map(({ row, image }, i) => {
    const { id, report, labels, site, patientId } = row;
    return { id, report, labels, site, patientId, image, split: splits[i] ?? 'train' };
  });
  return { pairs, leftOut };
}

/**
 * The rows of a `pairs.csv` with their images, some at a time: a whole archive of images does not fit in memory.
 *
 * @throws UsageError (noSuchFile, badFormat, missingColumn)
 */
export async function* readInParts(csvPath: string, reading: PairReading): AsyncGenerator<readonly ReadRow[]> {
  const rows = await readPairsCsv(csvPath);
  const folder = dirname(csvPath);
  for (let at = 0; at < rows.length; at += atOnce) {
    yield await Promise.all(rows.slice(at, at + atOnce).map((row) => readRow(folder, row, reading)));
  }
}

async function readRow(folder: string, row: Row, reading: PairReading): Promise<ReadRow> {
  if (reading.reports && row.report === '') return { id: row.id, why: 'noReport' };
  const path = resolve(folder, row.imagePath);
  if (row.imagePath === '' || !(await isFile(path))) return { id: row.id, why: 'noImage' };
  const pixels = await readImage(path, reading).catch(() => undefined);
  if (pixels === undefined) return { id: row.id, why: 'unreadableImage' };
  const image = standardised(pixels);
  return image === undefined ? { id: row.id, why: 'flatImage' } : { row, image };
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
