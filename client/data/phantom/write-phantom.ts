/** The phantom as files: `images/*.png` and a `pairs.csv`, read back like any other data. @module */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { phantomCases, type PhantomCase } from './generate.ts';
import { size } from './field.ts';

/** Which sites to write, and how much. */
export interface WritePhantomOptions {
  readonly seed: number;
  readonly sites: readonly string[];
  /** Of every site; the default differs from site to site. */
  readonly trainPairs?: number;
  readonly testPairs?: number;
}

const header = 'id,image_path,report_text,labels,site,patient_id,split';

/**
 * Writes the sites' cases under `dir` and answers with the path of the `pairs.csv`, which is written last.
 *
 * @throws UsageError (badArgument) if there is no such site
 */
export async function writePhantom(dir: string, { sites, ...options }: WritePhantomOptions): Promise<string> {
  const cases = sites.flatMap((site) => phantomCases({ ...options, site }));
  await mkdir(join(dir, 'images'), { recursive: true });
  for (const one of cases) await writeImage(dir, one);
  const path = join(dir, 'pairs.csv');
  await writeFile(path, [header, ...cases.map(lineOf)].join('\n') + '\n');
  return path;
}

async function writeImage(dir: string, { id, pixels }: PhantomCase): Promise<void> {
  const image = sharp(pixels, { raw: { width: size, height: size, channels: 1 } });
  await image
    .toColourspace('b-w')
    .png({ compressionLevel: 6 })
    .toFile(join(dir, imagePath(id)));
}

function imagePath(id: string): string {
  return `images/${id}.png`;
}

/** No cell of the phantom holds a comma, a quote or a line break. */
function lineOf({ id, report, labels, site, patientId, split }: PhantomCase): string {
  return [id, imagePath(id), report, labels.join(';'), site, patientId, split].join(',');
}
