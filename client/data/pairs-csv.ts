/**
 * `pairs.csv`: `id,image_path,report_text,labels,site,patient_id`, UTF-8, RFC 4180; an optional column `split` (`train`
 * or `test`) is honoured, further columns are ignored. Error messages name columns and rows, never a report.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { UsageError } from '#shared/errors';
import type { Row, Split } from './types.ts';

const columns = ['id', 'image_path', 'report_text', 'labels', 'site', 'patient_id'] as const;

/**
 * The rows of a `pairs.csv`, in the file's order, those without a report included.
 *
 * @throws UsageError (noSuchFile, badFormat, missingColumn)
 */
export async function readPairsCsv(path: string): Promise<readonly Row[]> {
  const [header, ...records] = parseCsv(path, await readText(path));
  if (header === undefined) throw new UsageError('missingColumn', `${path} is empty: its first line names the columns`);
  const missing = columns.filter((name) => !header.includes(name));
  if (missing.length > 0) {
    const needed = columns.join(', ');
    throw new UsageError('missingColumn', `${path} lacks the column ${missing.join(', ')}; a pairs.csv has ${needed}`);
  }
  const rows = records.map((record, i) =>
    toRow(path, i + 2, new Map(header.map((name, at) => [name, record[at] ?? '']))),
  );
  const ids = new Set(rows.map((row) => row.id));
  if (ids.size < rows.length) throw new UsageError('badFormat', `${path}: two rows have one id; ids must be unique`);
  return rows;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError('noSuchFile', `cannot read ${path}: give the path of a pairs.csv`, { cause });
  }
}

function parseCsv(path: string, text: string): readonly (readonly string[])[] {
  try {
    return parse(text, { bom: true, relax_column_count_more: true, skip_empty_lines: true });
  } catch (cause) {
    // The parser's own message may quote the file, so only the line is passed on.
    const line = cause instanceof Error && 'lines' in cause ? ` near line ${String(cause.lines)}` : '';
    throw new UsageError('badFormat', `${path} is not a CSV file in the sense of RFC 4180${line}`);
  }
}

function toRow(path: string, line: number, cells: ReadonlyMap<string, string>): Row {
  const cell = (name: string): string => (cells.get(name) ?? '').trim();
  const id = cell('id') || `row-${line}`;
  const split = toSplit(path, line, cell('split'));
  return {
    id,
    imagePath: cell('image_path'),
    report: cell('report_text'),
    labels: cell('labels')
      .split(';')
      .filter((part) => part !== ''),
    site: cell('site'),
    patientId: cell('patient_id') || `row:${id}`,
    ...(split === undefined ? {} : { split }),
  };
}

function toSplit(path: string, line: number, text: string): Split | undefined {
  if (text === '') return undefined;
  if (text === 'train' || text === 'test') return text;
  throw new UsageError('badFormat', `${path}, record ${line}: the column split holds train, test or nothing`);
}
