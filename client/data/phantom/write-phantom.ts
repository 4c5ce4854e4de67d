/** A phantom as files: `images/*` and a `pairs.csv`, read back like any other data. @module */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { encodeNifti } from '../nifti-file.ts';
import { markerName, markerOf } from './marker.ts';
import type { Phantom, PhantomCase, PhantomImage } from './types.ts';

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
  const csv = [header, ...cases.map(lineOf)].join('\n') + '\n';
  await writeFile(join(dir, markerName), markerOf(phantom.name, csv));
  await writeFile(path, csv);
  return path;
}

async function writeImage(dir: string, one: PhantomCase): Promise<void> {
  const path = join(dir, imagePath(one));
  if (one.image.size.length === 3) await writeFile(path, encodeNifti(one.image));
  else await writePicture(path, one.image);
}

async function writePicture(path: string, { size, channels, values }: PhantomImage): Promise<void> {
  const [height = 0, width = 0] = size;
  await sharp(values, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png({ compressionLevel: 6 })
    .toFile(path);
}

function imagePath({ id, image }: PhantomCase): string {
  return `images/${id}.${image.size.length === 3 ? 'nii.gz' : 'png'}`;
}

function lineOf(one: PhantomCase): string {
  const { id, report, labels, site, patientId, split } = one;
  return [id, imagePath(one), report, labels.join(';'), site, patientId, split].map(cellOf).join(',');
}

/** As it stands, or quoted where it has what a comma-separated file reads otherwise (RFC 4180). */
function cellOf(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
