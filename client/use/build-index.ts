/** The vector index of a hospital's own pairs. Vectors lie on the disk while it is made. @module */
import { dirname } from 'node:path';
import { UsageError } from '#shared/errors';
import { type ReadRow, readInParts } from '#client/data/load-pairs';
import type { LeftOut } from '#client/data/types';
import { extentsOf } from '#client/methods/config';
import { type Entry, type IndexModel, writeIndex } from './index-file.ts';
import { imageVectors, textVectors, type Trained } from './open-trained.ts';
import { openScratch, type VectorScratch } from './vector-scratch.ts';
import { vectorSet } from './vector-set.ts';

/** What an index holds, and what was left out of it. */
export interface BuiltIndex {
  readonly entries: number;
  readonly images: number;
  readonly reports: number;
  readonly leftOut: readonly LeftOut[];
}

/** Vectors as they come, and whose they are. */
interface Growing {
  readonly entries: number[];
  readonly vectors: VectorScratch;
}

interface BuildOptions {
  readonly threads?: number;
  /** Hears how many rows have been read. */
  readonly onProgress?: (rows: number) => void;
}

/**
 * Writes the index of the rows of a `pairs.csv`: every readable image, and every report where the method reads reports.
 * While it is made, its vectors lie on the same disk once more.
 *
 * @throws UsageError (noSuchFile, badFormat, missingColumn, noUsableRows)
 */
export async function buildIndex(
  trained: Trained,
  csv: string,
  about: IndexModel,
  path: string,
  options: BuildOptions = {},
): Promise<BuiltIndex> {
  const growing = (): Growing => ({ entries: [], vectors: openScratch(dirname(path)) });
  const [images, reports] = [growing(), growing()];
  try {
    const { entries, leftOut } = await readAll(trained, csv, images, reports, options.onProgress);
    const image = await vectorSet(images.vectors, images.entries, options.threads);
    const hasReports = reports.entries.length > 0;
    const report = hasReports ? { report: await vectorSet(reports.vectors, reports.entries, options.threads) } : {};
    writeIndex(path, { model: about, entries, sets: { image, ...report } });
    return { entries: entries.length, images: images.entries.length, reports: reports.entries.length, leftOut };
  } finally {
    images.vectors.close();
    reports.vectors.close();
  }
}

/** The entries of the rows, their vectors put where they grow. */
async function readAll(
  trained: Trained,
  csv: string,
  images: Growing,
  reports: Growing,
  onProgress: BuildOptions['onProgress'],
): Promise<{ readonly entries: readonly Entry[]; readonly leftOut: readonly LeftOut[] }> {
  const { method } = trained;
  const { image } = method.config;
  const entries: Entry[] = [];
  const leftOut: LeftOut[] = [];
  for await (const part of readInParts(csv, { size: extentsOf(image), channels: image.channels, reports: false })) {
    leftOut.push(...part.flatMap((one) => ('why' in one ? [one] : [])));
    const usable = part.flatMap((one) => ('why' in one ? [] : [one]));
    const first = entries.length;
    entries.push(...usable.map(({ row: { id, patientId } }) => ({ id, patientId })));
    grow(images, await imageVectors(trained, usable), (i) => first + i);
    if (method.text !== undefined) await growReports(trained, reports, usable, first);
    onProgress?.(entries.length + leftOut.length);
  }
  if (entries.length === 0) throw new UsageError('noUsableRows', `${csv}: none of its rows has a readable image`);
  return { entries, leftOut };
}

type Usable = Exclude<ReadRow, LeftOut>;

async function growReports(
  trained: Trained,
  growing: Growing,
  usable: readonly Usable[],
  first: number,
): Promise<void> {
  const written = [...usable.keys()].filter((i) => usable[i]!.row.report !== '');
  const vectors = await textVectors(
    trained,
    written.map((i) => usable[i]!.row.report),
  );
  grow(growing, vectors, (i) => first + written[i]!);
}

function grow(growing: Growing, vectors: readonly Float32Array[], entryOf: (i: number) => number): void {
  growing.vectors.append(vectors);
  growing.entries.push(...vectors.map((_, i) => entryOf(i)));
}
