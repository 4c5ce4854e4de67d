/**
 * Unit vectors in lists of neighbours, and the entries nearest to a question: of all vectors, or of the lists whose
 * centres are nearest, which may miss some. Scores are cosines.
 *
 * @module
 */
import { grouped, listCount } from './cluster.ts';
import { dotProducts } from './dot-products.ts';
import { TopK } from './top-k.ts';
import type { Vectors } from './vectors.ts';

/** Vectors list by list. */
export interface VectorSet {
  readonly dimensions: number;
  /** `[L, D]`. */
  readonly centres: Float32Array;
  /** Where each list ends, `[L]`; the last is the number of vectors. */
  readonly ends: Uint32Array;
  /** The entry of each place. */
  readonly entries: Uint32Array;
  /** The vectors of the places from `from` to before `to`, there until the next call. */
  read(from: number, to: number): Float32Array;
}

/** A vector near to a question. */
export interface Near {
  readonly entry: number;
  readonly place: number;
  /** The cosine. */
  readonly score: number;
}

/** Places compared at a time: 2 MiB of 64 numbers each. */
const block = 8192;

/** Of so many lists one is searched, and never fewer than `fewestLists`: docs/decisions/0010-search-index.md. */
const listsPerSearched = 12;
const fewestLists = 8;

/** The vectors of these entries, sorted into lists. They stay where they are, and are fetched from there in this order. */
export async function vectorSet(vectors: Vectors, entryOf: ArrayLike<number>, threads = 1): Promise<VectorSet> {
  const { count, dimensions } = vectors;
  const { centres, listOf } = await grouped(vectors, listCount(count), threads);
  const ends = endsOf(listOf, centres.length / dimensions);
  const next = ends.map((_, list) => startOf(ends, list));
  const entries = new Uint32Array(count);
  const rowOf = new Uint32Array(count);
  listOf.forEach((list, row) => {
    const place = next[list]!++;
    entries[place] = entryOf[row]!;
    rowOf[place] = row;
  });
  const read = (from: number, to: number): Float32Array => {
    const out = new Float32Array((to - from) * dimensions);
    rowOf.subarray(from, to).forEach((row, i) => {
      out.set(vectors.read(row, row + 1), i * dimensions);
    });
    return out;
  };
  return { dimensions, centres, ends, entries, read };
}

function endsOf(listOf: Uint32Array, lists: number): Uint32Array {
  const ends = new Uint32Array(lists);
  for (const list of listOf) ends[list]!++;
  for (let list = 1; list < lists; list++) ends[list]! += ends[list - 1]!;
  return ends;
}

function startOf(ends: Uint32Array, list: number): number {
  return list === 0 ? 0 : ends[list - 1]!;
}

/** The `k` entries nearest to a unit vector, the nearest first. */
export function nearest(set: VectorSet, query: Float32Array, k: number): readonly Near[] {
  return among(set, query, k, [[0, set.entries.length]]);
}

/** Nearly the same, of `lists` lists alone. */
export function nearestInLists(
  set: VectorSet,
  query: Float32Array,
  k: number,
  lists = searchedLists(set),
): readonly Near[] {
  const products = new Float32Array(set.ends.length);
  dotProducts(query, set.centres, products);
  const best = new TopK(lists);
  products.forEach((product, list) => {
    best.add(list, product);
  });
  const ranges = best.hits.map(({ row: list }) => [startOf(set.ends, list), set.ends[list]!] as const);
  return among(set, query, k, ranges);
}

/** How many lists `nearestInLists` looks into. */
export function searchedLists({ ends }: VectorSet): number {
  return Math.max(fewestLists, Math.ceil(ends.length / listsPerSearched));
}

/** Places from, and to before. */
type Range = readonly [from: number, to: number];

function among(set: VectorSet, query: Float32Array, k: number, ranges: readonly Range[]): readonly Near[] {
  const best = new TopK(k);
  const products = new Float32Array(block);
  for (const [first, end] of ranges) {
    for (let from = first; from < end; from += block) {
      const to = Math.min(end, from + block);
      dotProducts(query, set.read(from, to), products);
      for (let place = from; place < to; place++) {
        const product = products[place - from]!;
        if (product > best.bar) best.add(place, product);
      }
    }
  }
  return best.hits.map(({ row: place, score }) => ({ entry: set.entries[place]!, place, score }));
}
