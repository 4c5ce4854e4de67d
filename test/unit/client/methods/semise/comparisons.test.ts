import assert from 'node:assert/strict';
import type { Pair } from '#client/data/types';
import { splitByPatient } from '#client/data/split';
import { compared, type Graded, pairsOfPlaces } from '#client/methods/semise/comparisons';
import { prototypeContribution, prototypeOfSum, prototypeRow } from '#client/methods/semise/healthy-prototype';
import { semiseConfig } from '#client/methods/semise/config';
import type { Model } from '#client/methods/types';
import { pairOf } from './pair.ts';

const images: readonly Graded[] = Array.from({ length: 60 }, (_, i) => ({
  patientId: `p${Math.floor(i / 3)}`,
  severity: i % 4 === 0 ? undefined : i % 3,
}));

/** The pairs that count. */
function comparedPairs(some: readonly Graded[], places = some.length): readonly (readonly [Graded, Graded])[] {
  const counts = compared(some, places);
  return pairsOfPlaces(places).flatMap(([a, b], i) => (counts[i] === 1 ? [[some[a]!, some[b]!] as const] : []));
}

describe('comparisons', () => {
  it('compares all pairs of graded images of different patients, and no others', () => {
    const pairs = comparedPairs(images);
    for (const [a, b] of pairs) {
      assert(a.severity !== undefined && b.severity !== undefined);
      assert.notEqual(a.patientId, b.patientId);
    }
    const graded = images.filter(({ severity }) => severity !== undefined);
    const own = [...Map.groupBy(graded, ({ patientId }) => patientId).values()];
    const within = own.reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);
    assert.equal(pairs.length, (graded.length * (graded.length - 1)) / 2 - within);
  });

  it('subject-level split: no patient is on both sides of a comparison across train and test', () => {
    const sides = splitByPatient(images);
    const train = images.filter((_, i) => sides[i] === 'train');
    const test = new Set(images.filter((_, i) => sides[i] === 'test').map(({ patientId }) => patientId));
    assert(test.size > 0);
    const pairs = comparedPairs(train);
    assert(pairs.length > 100);
    for (const { patientId } of pairs.flat()) assert(!test.has(patientId));
  });

  it('compares nobody where there is one patient, no grade or an empty place', () => {
    assert.equal(comparedPairs(images.slice(0, 3)).length, 0);
    assert.equal(comparedPairs(images.map(({ patientId }) => ({ patientId, severity: undefined }))).length, 0);
    assert.deepEqual([...compared(images.slice(1, 2), 3)], [0, 0, 0]);
  });
});

describe('healthy prototype', () => {
  const embeddings = [[3, 0], [0, 2], [0, 4], [-1, 0]]; // prettier-ignore
  const patients = ['p', 'p', 'q', 'r'];

  it('is the mean over patients of the mean of their directions, from sums of sites', () => {
    const whole = prototypeContribution(embeddings, patients, 3, 2);
    assert.equal(whole.patients, 3);
    assert.deepEqual(Array.from(whole.sum), [0.5 - 1, 0.5 + 1]);
    const parts = [
      prototypeContribution(embeddings.slice(0, 2), patients.slice(0, 2), 1, 2),
      prototypeContribution(embeddings.slice(2), patients.slice(2), 1, 2),
    ];
    const sum = { sum: parts[0]!.sum.map((value, d) => value + parts[1]!.sum[d]!), patients: 3 };
    assert.deepEqual(prototypeOfSum(sum), prototypeOfSum(whole));
  });

  it('gives nothing of fewer patients than the floor', () => {
    const none = prototypeContribution(embeddings, patients, 4, 2);
    assert.deepEqual([none.patients, ...none.sum], [0, 0, 0]);
    assert.throws(() => prototypeOfSum(none), { code: 'noUsableRows' });
  });

  it('is said as the difference from the global one, weighing by patients graded healthy', async () => {
    const { semise } = semiseConfig({ semise: { patientFloor: 2 } });
    const vectors = new Map([['a', [0.6, 0.8]], ['b', [0, 1]], ['c', [1, 0]], ['d', [1, 0]]]); // prettier-ignore
    const asked: string[] = [];
    const model: Pick<Model, 'images'> = {
      images: (some) => {
        const ids = (some as readonly Pair[]).map(({ id }) => id); // the pairs below
        asked.push(...ids);
        return Promise.resolve({ embedding: ids.map((id) => Float32Array.from(vectors.get(id)!)) });
      },
    };
    const pairs = [pairOf('a', 0), pairOf('b', 0), pairOf('c', 3), pairOf('d', undefined)];
    const global = { prototype: Float32Array.of(0.5, 0.5) };
    const [row] = await prototypeRow(semise, model, global, pairs);
    assert.deepEqual(asked, ['a', 'b']);
    assert.equal(row!.name, 'prototype');
    assert.deepEqual([...row!.weights], [2]);
    [0.3 - 0.5, 0.9 - 0.5].forEach((value, d) => {
      assert(Math.abs(row!.delta[d]! - value) < 1e-6);
    });
    const [few] = await prototypeRow({ ...semise, patientFloor: 3 }, model, global, pairs);
    assert.deepEqual([...few!.weights, ...few!.delta], [0, 0, 0]);
    const [none] = await prototypeRow(semise, model, global, pairs.slice(2));
    assert.deepEqual([...none!.weights, ...none!.delta], [0, 0, 0]);
  });
});
