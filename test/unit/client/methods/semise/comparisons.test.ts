import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { splitByPatient } from '#client/data/split';
import { drawComparisons, type Graded } from '#client/methods/semise/comparisons';
import { prototypeContribution, prototypeOfSum } from '#client/methods/semise/healthy-prototype';

const images: readonly Graded[] = Array.from({ length: 60 }, (_, i) => ({
  patientId: `p${Math.floor(i / 3)}`,
  severity: i % 4 === 0 ? undefined : i % 3,
}));

describe('comparisons', () => {
  it('compares graded images of different patients and different severity only', () => {
    const drawnPairs = drawComparisons(images, 200, randomFor(1, 'pairs'));
    assert.equal(drawnPairs.length, 200);
    for (const [a, b] of drawnPairs) {
      const [one, other] = [images[a]!, images[b]!];
      assert(one.severity !== undefined && other.severity !== undefined && one.severity !== other.severity);
      assert.notEqual(one.patientId, other.patientId);
    }
    assert(new Set(drawnPairs.flat()).size > 30);
  });

  it('subject-level split: no patient is on both sides of a comparison across train and test', () => {
    const sides = splitByPatient(images);
    const train = images.filter((_, i) => sides[i] === 'train');
    const test = new Set(images.filter((_, i) => sides[i] === 'test').map(({ patientId }) => patientId));
    assert(test.size > 0);
    for (const pair of drawComparisons(train, 300, randomFor(2, 'pairs'))) {
      for (const at of pair) assert(!test.has(train[at]!.patientId));
    }
  });

  it('compares nobody where there is one grade or one patient', () => {
    const one = images.map(({ patientId }) => ({ patientId, severity: 2 }));
    assert.deepEqual(drawComparisons(one, 5, randomFor(1, 'pairs')), []);
    assert.deepEqual(drawComparisons(images.slice(0, 3), 5, randomFor(1, 'pairs')), []);
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
});
