/**
 * `phantom.json` beside a `pairs.csv`: that a program made every image and report in it, so that they may be shown. It
 * holds for the very file that was written; a changed one is data like any other.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { readPairsCsv } from '../pairs-csv.ts';

export const markerName = 'phantom.json';

const schema = v.object({ phantom: v.string(), pairsSha256: v.string() });

/** The text of the marker. */
export function markerOf(phantom: string, pairsCsv: string): string {
  return `${JSON.stringify({ phantom, pairsSha256: hashOf(pairsCsv) }, null, 2)}\n`;
}

/** Whether `consilium-site phantom` wrote this file as it is, patients and all. */
export async function isPhantomCsv(path: string): Promise<boolean> {
  const [marker, csv] = await Promise.all([textOf(join(dirname(path), markerName)), textOf(path)]);
  const said = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), marker);
  if (csv === undefined || !said.success || said.output.pairsSha256 !== hashOf(csv)) return false;
  return (await readPairsCsv(path)).every(({ patientId }) => patientId.startsWith('patient-'));
}

function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
