/**
 * Search over a hospital's vectors, from the index file as `consilium-site search` reads it: how long the index takes and
 * how much memory (the process's most so far, the compiler and this program included, so that sizes should go up),
 * queries per second with all vectors and with the nearest lists, and how many of the ten nearest the lists find.
 * Vectors are drawn around centres, 50 to a centre; `spread` is how far, beside centres at distance about 1.4.
 * `--sizes 10000,100000`, `--queries N`, `--dimensions D`.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Random, randomFor } from '#client/data/random';
import { openIndex, writeIndex } from '#client/use/index-file';
import { openScratch, type VectorScratch } from '#client/use/vector-scratch';
import { nearest, nearestInLists, type Near, type VectorSet, vectorSet } from '#client/use/vector-set';
import { peakMemoryBytes } from './peak-memory.ts';
import type { Bench, BenchOptions, Figure } from './types.ts';

export const search: Bench = { name: 'search', title: 'search over an index of a hospital: time and recall', run };

const k = 10;
const perCentre = 50;
/** Of clusters that are told apart, and of some that overlap so far that neighbours are nearly anybody. */
const spreads = { clustered: 0.7, overlapping: 1.5 } as const;

async function run(options: BenchOptions): Promise<readonly Figure[]> {
  const sizes = String(options['sizes'] ?? '10000,100000,1000000').split(',').map(Number); // prettier-ignore
  const dimensions = Number(options['dimensions'] ?? 64);
  const queries = Number(options['queries'] ?? 100);
  const figures: Figure[] = [];
  for (const size of sizes) figures.push(...(await measured(size, dimensions, queries, 'clustered')));
  const middle = sizes[Math.floor((sizes.length - 1) / 2)]!; // one at least
  const hard = await measured(middle, dimensions, queries, 'overlapping');
  return [...figures, ...hard.filter(({ unit }) => unit === 'of 10')];
}

async function measured(
  size: number,
  dimensions: number,
  queryCount: number,
  kind: keyof typeof spreads,
): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'consilium-bench-'));
  try {
    const random = randomFor(1, 'search', size, kind);
    const vectors = openScratch(folder);
    draw(vectors, size, dimensions, spreads[kind], random);
    const questions = Array.from({ length: queryCount }, () => questionNear(vectors, random));
    const entries = Uint32Array.from({ length: size }, (_, row) => row);
    const build = await timed(() => vectorSet(vectors, entries));
    const path = join(folder, 'pairs.index');
    const model = { method: 'clip', plan: '', round: 1, modelHash: '' };
    const named = Array.from(entries, (row) => ({ id: `pair-${row}`, patientId: `patient-${row}` }));
    const write = await timed(() => {
      writeIndex(path, { model, entries: named, sets: { image: build.value } });
    });
    vectors.close();
    const mostBytes = peakMemoryBytes();
    const index = openIndex(path);
    const set = index.set('image')!; // just written
    const exact = await timed(() => questions.map((question) => nearest(set, question, k)));
    const inLists = await timed(() => questions.map((question) => nearestInLists(set, question, k)));
    const costs = {
      build: build.cpuS,
      write: write.cpuS,
      mostBytes,
      exact: exact.cpuS / queryCount,
      inLists: inLists.cpuS / queryCount,
    };
    const name = `${size.toExponential(0).replace('+', '')} x ${dimensions}, ${kind}`;
    const found = recall(exact.value, inLists.value);
    const figures = figuresOf(name, set, { ...costs, bytes: statSync(path).size }, found);
    index.close();
    return figures;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Costs {
  readonly build: number;
  readonly write: number;
  readonly mostBytes: number;
  readonly exact: number;
  readonly inLists: number;
  readonly bytes: number;
}

function figuresOf(name: string, set: VectorSet, costs: Costs, found: number): readonly Figure[] {
  const figure = (what: string, value: number, unit: string, better: Figure['better']): Figure => ({ name: `${name}: ${what}`, value, unit, better, reach: null, reference: null }); // prettier-ignore
  const exact = { name: 'exact', value: 1 / costs.exact, measured: 'this run' };
  return [
    figure(`sorting into ${set.ends.length} lists, CPU`, costs.build, 's', 'lower'),
    figure('writing, CPU', costs.write, 's', 'lower'),
    figure('most memory of the process while it is made', costs.mostBytes / 2 ** 20, 'MiB', 'lower'),
    figure('file, with names', costs.bytes / 2 ** 20, 'MiB', 'lower'),
    figure('memory of an open index', openBytes(set) / 2 ** 20, 'MiB', 'lower'),
    figure('exact', 1 / costs.exact, 'queries/s', 'higher'),
    { ...figure('nearest lists', 1 / costs.inLists, 'queries/s', 'higher'), reference: exact },
    figure('found by the nearest lists', k * found, 'of 10', 'higher'),
  ];
}

/** What stays in memory from search to search: centres, ends, entries, and the vectors that were read last, after an exact search. */
function openBytes(set: VectorSet): number {
  const { centres, ends, entries } = set;
  const lastRead = set.read(0, Math.min(entries.length, 8192)).buffer.byteLength;
  return centres.byteLength + ends.byteLength + entries.byteLength + lastRead;
}

/** The mean share of the exact results that the other ones hold. */
function recall(exact: readonly (readonly Near[])[], other: readonly (readonly Near[])[]): number {
  const shares = exact.map((wanted, i) => {
    const found = new Set(other[i]!.map(({ entry }) => entry));
    return wanted.filter(({ entry }) => found.has(entry)).length / wanted.length;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

async function timed<T>(work: () => T | Promise<T>): Promise<{ readonly value: T; readonly cpuS: number }> {
  const before = process.cpuUsage();
  const value = await work();
  const { user, system } = process.cpuUsage(before);
  return { value, cpuS: (user + system) / 1e6 };
}

/** Adds unit vectors around centres. */
function draw(to: VectorScratch, size: number, dimensions: number, spread: number, random: Random): void {
  const centreCount = Math.max(1, Math.round(size / perCentre));
  const centres = Float32Array.from({ length: centreCount * dimensions }, () => random.roughNormal());
  const part: Float32Array[] = [];
  for (let row = 0; row < size; row++) {
    const centre = random.integer(centreCount) * dimensions;
    const own = Float32Array.from(
      { length: dimensions },
      (_, d) => centres[centre + d]! + spread * random.roughNormal(),
    );
    toUnit(own);
    part.push(own);
    if (part.length === 1024 || row === size - 1) to.append(part.splice(0));
  }
}

/** A vector near one of them, as a new image is near those of its kind. */
function questionNear(vectors: VectorScratch, random: Random): Float32Array {
  const { count, dimensions } = vectors;
  const row = random.integer(count);
  const near = vectors.read(row, row + 1).slice();
  for (let d = 0; d < dimensions; d++) near[d]! += (0.3 / Math.sqrt(dimensions)) * random.roughNormal();
  toUnit(near);
  return near;
}

function toUnit(vector: Float32Array): void {
  const norm = Math.hypot(...vector);
  vector.forEach((value, d) => {
    vector[d] = value / norm;
  });
}
