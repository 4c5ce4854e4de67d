/** The vector index of a hospital's own pairs. @module */
import { UsageError } from '#shared/errors';
import { type ReadRow, readInParts } from '#client/data/load-pairs';
import type { LeftOut } from '#client/data/types';
import { extentsOf } from '#client/methods/config';
import type { Entry, IndexContents, IndexModel } from './index-file.ts';
import { imageVectors, textVectors, type Trained } from './open-trained.ts';
import { vectorSet } from './vector-set.ts';

/** An index with what was left out of it. */
export interface BuiltIndex extends IndexContents {
  readonly leftOut: readonly LeftOut[];
}

/** Vectors as they come: in memory, 4 bytes a number. */
interface Growing {
  readonly entries: number[];
  readonly vectors: Float32Array[];
}

/**
 * The index of the rows of a `pairs.csv`: every readable image, and every report where the method reads reports.
 * `onProgress` hears how many rows have been read.
 *
 * @throws UsageError (noSuchFile, badFormat, missingColumn, noUsableRows)
 */
export async function buildIndex(
  trained: Trained,
  csv: string,
  about: IndexModel,
  { threads = 1, onProgress }: { readonly threads?: number; readonly onProgress?: (rows: number) => void } = {},
): Promise<BuiltIndex> {
  const { method } = trained;
  const { image } = method.config;
  const entries: Entry[] = [];
  const leftOut: LeftOut[] = [];
  const [images, reports]: [Growing, Growing] = [
    { entries: [], vectors: [] },
    { entries: [], vectors: [] },
  ];
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
  const sets = { image: await setOf(images, threads) };
  const withReports = reports.entries.length === 0 ? sets : { ...sets, report: await setOf(reports, threads) };
  return { model: about, entries, sets: withReports, leftOut };
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
  vectors.forEach((vector, i) => {
    growing.vectors.push(vector);
    growing.entries.push(entryOf(i));
  });
}

function setOf({ vectors, entries }: Growing, threads: number): ReturnType<typeof vectorSet> {
  const dimensions = vectors[0]?.length ?? 1;
  const all = new Float32Array(vectors.length * dimensions);
  vectors.forEach((vector, i) => {
    all.set(vector, i * dimensions);
  });
  return vectorSet(all, dimensions, entries, threads);
}
