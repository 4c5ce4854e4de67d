/**
 * A vector index on disk, for its owner alone: one line of JSON (what it holds and of which model), then the entries'
 * names, then for each kind of vector its centres, the ends of its lists, its entries and its vectors. Numbers are
 * little-endian, 32 bits each. Vectors are read when a search asks for them: an index may be larger than memory.
 *
 * @module
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import * as v from 'valibot';
import { guard, isThere, readAt, refuseOthers, writeWholePieces } from '#client/agent/disk';
import { DecodeError, UsageError } from '#shared/errors';
import { bytesOf, utf8 } from '#shared/util/bytes';
import type { VectorSet } from './vector-set.ts';

/** What an entry may be found by. */
export type VectorKind = 'image' | 'report';

/** Of which model the vectors are: those of another one lie elsewhere. */
export interface IndexModel {
  readonly method: string;
  /** The plan's id, hex. */
  readonly plan: string;
  readonly round: number;
  /** Hex. */
  readonly modelHash: string;
}

/** One pair of the hospital. MUST NOT leave this site. */
export interface Entry {
  readonly id: string;
  readonly patientId: string;
}

/** What an index holds. */
export interface IndexContents {
  readonly model: IndexModel;
  readonly entries: readonly Entry[];
  readonly sets: Readonly<Partial<Record<VectorKind, VectorSet>>>;
}

/** An index that is open for searching. */
export interface VectorIndex {
  readonly model: IndexModel;
  readonly entryCount: number;
  entry(at: number): Entry;
  /** Missing where the index has no vectors of this kind. */
  set(kind: VectorKind): VectorSet | undefined;
  close(): void;
}

const longestHeader = 4096;
const format = 'consilium-index-1';
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1));
const headerSchema = v.strictObject({
  format: v.literal(format),
  model: v.strictObject({ method: v.string(), plan: v.string(), round: count, modelHash: v.string() }),
  dimensions: v.pipe(count, v.minValue(1)),
  entries: count,
  nameBytes: count,
  sets: v.array(v.strictObject({ kind: v.picklist(['image', 'report']), lists: count, vectors: count })),
});
type Header = v.InferOutput<typeof headerSchema>;

/** Writes the index, readable by its owner alone; it is there whole or not at all. */
export function writeIndex(path: string, { model, entries, sets }: IndexContents): void {
  const kinds = Object.entries(sets) as readonly (readonly [VectorKind, VectorSet])[]; // the keys of `sets`
  let nameBytes = 0;
  const nameEnds = Uint32Array.from(entries, (entry) => (nameBytes += nameOf(entry).length));
  const header: Header = {
    format,
    model,
    dimensions: kinds[0]?.[1].dimensions ?? 1,
    entries: entries.length,
    nameBytes,
    sets: kinds.map(([kind, set]) => ({ kind, lists: set.ends.length, vectors: set.entries.length })),
  };
  writeWholePieces(path, pieces());

  function* pieces(): Generator<Uint8Array> {
    yield utf8(`${JSON.stringify(header)}\n`);
    yield bytesOf(nameEnds);
    for (const part of inParts(entries.length)) yield Buffer.concat(entries.slice(...part).map(nameOf));
    for (const [, set] of kinds) {
      yield* [set.centres, set.ends, set.entries].map(bytesOf);
      for (const part of inParts(set.entries.length)) yield bytesOf(set.read(...part));
    }
  }
}

/** Names or vectors that are in memory at a time. */
const atOnce = 8192;

/** From, and to before. */
function* inParts(length: number): Generator<readonly [from: number, to: number]> {
  for (let from = 0; from < length; from += atOnce) yield [from, Math.min(length, from + atOnce)];
}

function nameOf({ id, patientId }: Entry): Uint8Array {
  return utf8(JSON.stringify([id, patientId]));
}

/**
 * Opens an index for searching.
 *
 * @throws UsageError (noSuchFile) if there is none, (badConfig) if other users may read it; DecodeError (badFormat)
 */
export function openIndex(path: string): VectorIndex {
  if (!isThere(path)) throw new UsageError('noSuchFile', `${path} is not there: make it with consilium-site index`);
  refuseOthers(path);
  const file = guard(path, () => openSync(path, 'r'));
  try {
    return indexIn(path, file);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function indexIn(path: string, file: number): VectorIndex {
  const { header, end } = readHeader(path, file);
  const { dimensions, entries, nameBytes } = header;
  let at = end;
  const take = (bytes: number): number => (at += bytes) - bytes;
  const read = <T extends Float32Array | Uint32Array>(into: T, from: number): T => {
    readAt(file, path, bytesOf(into), from);
    return into;
  };
  const nameEnds = read(new Uint32Array(entries), take(4 * entries));
  const names = take(nameBytes);
  const sets = new Map(
    header.sets.map(({ kind, lists, vectors }): [VectorKind, VectorSet] => {
      const centres = read(new Float32Array(lists * dimensions), take(4 * lists * dimensions));
      const ends = read(new Uint32Array(lists), take(4 * lists));
      const entriesOfPlaces = read(new Uint32Array(vectors), take(4 * vectors));
      const first = take(4 * vectors * dimensions);
      if (!fits(ends, vectors) || entriesOfPlaces.some((entry) => entry >= entries)) throw damaged(path);
      let memory = new Float32Array(0); // kept from read to read: new memory costs more than reading
      const readVectors = (from: number, to: number): Float32Array => {
        const length = (to - from) * dimensions;
        if (memory.length < length) memory = new Float32Array(length);
        return read(memory.subarray(0, length), first + 4 * from * dimensions);
      };
      return [kind, { dimensions, centres, ends, entries: entriesOfPlaces, read: readVectors }];
    }),
  );
  return {
    model: header.model,
    entryCount: entries,
    entry: (which) => {
      const from = which === 0 ? 0 : nameEnds[which - 1]!;
      const bytes = new Uint8Array(nameEnds[which]! - from);
      readAt(file, path, bytes, names + from);
      return parseName(path, bytes);
    },
    set: (kind) => sets.get(kind),
    close: () => {
      closeSync(file);
    },
  };
}

/** Ends of lists go up, and the last is the number of vectors. */
function fits(ends: Uint32Array, vectors: number): boolean {
  return ends.every((end, list) => end >= (ends[list - 1] ?? 0)) && (ends.at(-1) ?? 0) === vectors;
}

function readHeader(path: string, file: number): { readonly header: Header; readonly end: number } {
  const start = new Uint8Array(longestHeader);
  const line = start.subarray(0, readAt(file, path, start, 0));
  const end = line.indexOf(0x0a);
  const parsed = v.safeParse(headerSchema, parseJson(line.subarray(0, Math.max(end, 0))));
  if (!parsed.success) throw damaged(path);
  const { entries, nameBytes, dimensions, sets } = parsed.output;
  const numbers = sets.map(({ lists, vectors }) => lists * (dimensions + 1) + vectors * (dimensions + 1));
  const length = end + 1 + 4 * entries + nameBytes + 4 * numbers.reduce((sum, one) => sum + one, 0);
  if (fstatSync(file).size !== length) throw damaged(path);
  return { header: parsed.output, end: end + 1 };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function parseName(path: string, bytes: Uint8Array): Entry {
  const parsed = v.safeParse(v.tuple([v.string(), v.string()]), parseJson(bytes));
  if (!parsed.success) throw damaged(path);
  const [id, patientId] = parsed.output;
  return { id, patientId };
}

function damaged(path: string): DecodeError {
  return new DecodeError('badFormat', `${path} is no index, or damaged: make it anew with consilium-site index`);
}
