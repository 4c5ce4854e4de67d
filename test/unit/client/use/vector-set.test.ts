import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { nearest, nearestInLists, searchedLists, type VectorSet, vectorSet } from '#client/use/vector-set';
import { vectorsIn } from '#client/use/vectors';

const D = 8;

/** Unit vectors around a few centres, and entries that are not their places. */
function clustered(count: number): { readonly vectors: Float32Array; readonly entries: Uint32Array } {
  const random = randomFor(1, 'clustered');
  const centres = Float32Array.from({ length: 12 * D }, () => random.normal());
  const vectors = new Float32Array(count * D);
  for (let row = 0; row < count; row++) {
    const centre = random.integer(12);
    const own = Float32Array.from({ length: D }, (_, d) => centres[centre * D + d]! + 0.3 * random.normal());
    vectors.set(unit(own), row * D);
  }
  return { vectors, entries: Uint32Array.from({ length: count }, (_, row) => 2 * row + 1) };
}

function unit(vector: Float32Array): Float32Array {
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

/** By the definition. */
function expected(vectors: Float32Array, entries: Uint32Array, query: Float32Array, k: number): readonly number[] {
  const scores = Array.from(entries, (entry, row) => {
    let score = 0;
    for (let d = 0; d < D; d++) score += query[d]! * vectors[row * D + d]!;
    return { entry, score };
  });
  return scores.sort((a, b) => b.score - a.score).slice(0, k).map(({ entry }) => entry); // prettier-ignore
}

describe('a set of vectors', () => {
  const { vectors, entries } = clustered(3000);
  const random = randomFor(2, 'queries');
  const queries = Array.from({ length: 20 }, () => unit(Float32Array.from({ length: D }, () => random.normal())));
  let set: VectorSet;
  before(async () => {
    set = await vectorSet(vectorsIn(vectors, D), entries);
  });

  it('holds every vector once, under its entry', () => {
    assert.deepEqual(Array.from(set.entries).sort((a, b) => a - b), Array.from(entries)); // prettier-ignore
    for (const place of [0, 17, 2999]) {
      const row = (set.entries[place]! - 1) / 2;
      assert.deepEqual(set.read(place, place + 1), vectors.slice(row * D, (row + 1) * D));
    }
  });

  it('finds exactly the nearest, the nearest first', () => {
    for (const query of queries) {
      const found = nearest(set, query, 10);
      assert.deepEqual(found.map(({ entry }) => entry), expected(vectors, entries, query, 10)); // prettier-ignore
    }
  });

  it('finds nearly all of them in a part of the lists, and all of them in all lists', () => {
    assert(searchedLists(set) < set.ends.length / 5, `${searchedLists(set)} of ${set.ends.length}`);
    let hits = 0;
    for (const query of queries) {
      const exact = nearest(set, query, 10);
      assert.deepEqual(nearestInLists(set, query, 10, set.ends.length), exact);
      const wanted = new Set(exact.map(({ entry }) => entry));
      hits += nearestInLists(set, query, 10).filter(({ entry }) => wanted.has(entry)).length;
    }
    assert(hits / (10 * queries.length) > 0.9, `recall ${hits / (10 * queries.length)}`);
  });

  it('gives what there is when more is asked for, of a single vector too', async () => {
    const one = await vectorSet(vectorsIn(vectors.slice(0, D), D), [7]);
    assert.deepEqual(nearest(one, vectors.slice(0, D), 10).map(({ entry }) => entry), [7]); // prettier-ignore
    assert.equal(nearest(set, queries[0]!, 5000).length, 3000);
  });
}).timeout(20_000);
