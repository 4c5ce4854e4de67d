/** A phantom as files: `images/*` and a `pairs.csv`, read back like any other data. @module */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Phantom, PhantomCase } from './types.ts';

/** What to write: which phantom, which sites, how much. */
export interface WritePhantomOptions {
  readonly phantom: Phantom;
  readonly seed: number;
  readonly sites: readonly string[];
  /** Of every site; the default differs from site to site. */
  readonly trainPairs?: number;
  readonly testPairs?: number;
}

const header = 'id,image_path,report_text,labels,site,patient_id,split';

/**
 * Writes the sites' cases and the phantom's public files under `dir` and answers with the path of the `pairs.csv`, which is written last.
 *
 * @throws UsageError (badArgument) if there is no such site
 */
export async function writePhantom(dir: string, { phantom, sites, ...options }: WritePhantomOptions): Promise<string> {
  const cases = sites.flatMap((site) => phantom.cases({ ...options, site }));
  await mkdir(join(dir, 'images'), { recursive: true });
  for (const one of cases) await writeImage(dir, one);
  for (const { name, bytes } of phantom.publicFiles?.(options.seed) ?? []) await writeFile(join(dir, name), bytes);
  const path = join(dir, 'pairs.csv');
  await writeFile(path, [header, ...cases.map(lineOf)].join('\n') + '\n');
  return path;
}

async function writeImage(dir: string, { id, image: { size, channels, values } }: PhantomCase): Promise<void> {
  const [height = 0, width = 0] = size;
  const image = sharp(values, { raw: { width, height, channels } });
  await image
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
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
