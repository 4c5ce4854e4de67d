import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import type { Pair } from '#client/data/types';
import type { Bank } from '#client/methods/brgsa/match-rows';
import { mergeBanks } from '#client/methods/brgsa/merge-banks';
import { patientsPerRow, rowContribution, rowsOf, useOf } from '#client/methods/brgsa/rows';
import type { Model, RowContribution } from '#client/methods/types';

const random = randomFor(5, 'rows');
const drawBank = (rows: number, width: number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: width }, () => random.normal()));

/** What the fold of a round makes of contributions: row + Σ w · delta / Σ w. */
function summed(global: Bank, parts: readonly RowContribution[]): readonly (readonly number[])[] {
  return global.map((row, k) => {
    const total = parts.reduce((sum, { weights }) => sum + weights[k]!, 0);
    return Array.from(row, (value, d) => {
      const moved = parts.reduce((sum, { weights, delta }) => sum + weights[k]! * delta[k * row.length + d]!, 0);
      return total > 0 ? value + moved / total : value;
    });
  });
}

const use = (mass: readonly number[], patients: readonly number[]): Parameters<typeof rowContribution>[2] => ({
  mass: Float64Array.from(mass),
  patients: Int32Array.from(patients),
});

/** A model that answers with these rows of weights, images and texts alike. */
function answering(images: readonly (readonly number[])[], texts: readonly (readonly number[])[]): Model {
  const given = (rows: readonly (readonly number[])[], from: number, count: number): { use: Float32Array[] } => ({
    use: rows.slice(from, from + count).map((row) => Float32Array.from(row)),
  });
  let [shown, told] = [0, 0];
  return {
    images: (pairs) => Promise.resolve(given(images, (shown += pairs.length) - pairs.length, pairs.length)),
    texts: (reports) => Promise.resolve(given(texts, (told += reports.length) - reports.length, reports.length)),
    parameter: () => new Float32Array(0),
  };
}

const pairOf = (patientId: string): Pair => ({
  ...{ id: patientId, report: 'a', labels: [], site: 'north', patientId },
  ...{ image: new Float32Array(0), split: 'train' },
});

describe('rows of the bank', () => {
  it('come to the usage-weighted mean of all banks from sums alone', () => {
    const global = drawBank(5, 3);
    const banks = [0, 1, 2].map(() => global.map((row) => row.map((value) => value + 0.05 * random.normal())));
    const usage = [[3, 1, 1, 2, 1], [1, 1, 4, 1, 5], [2, 1, 1, 7, 1]]; // prettier-ignore
    const parts = banks.map((bank, s) => rowContribution(global, bank, use(usage[s]!, [9, 0, 9, 9, 9]), 3));
    const pooled = mergeBanks(banks, usage).map((row, k) => (k === 1 ? global[1]! : Array.from(row))); // nobody sent row 1
    for (const [k, row] of summed(global, parts).entries()) {
      for (const [d, value] of row.entries()) assert(Math.abs(value - pooled[k]![d]!) < 1e-6);
    }
  });

  it('are matched to the global ones where they did not begin as they are', () => {
    const global = drawBank(5, 3);
    const turned = rowContribution(global, global.toReversed(), use([1, 2, 3, 4, 5], [9, 9, 9, 9, 9]), 3);
    assert(Math.max(...turned.delta.map(Math.abs)) < 1e-6);
    assert.deepEqual(Array.from(turned.weights), [5, 4, 3, 2, 1]);
    assert.equal(turned.name, 'bank');
  });

  it('are left out where fewer patients use them than the floor, change and weight alike', () => {
    const global = drawBank(3, 2);
    const bank = global.map((row) => row.map((value) => value + 0.1));
    const { delta, weights } = rowContribution(global, bank, use([5.9, 5, 0.2], [3, 2, 4]), 3);
    assert.deepEqual(Array.from(weights), [5, 0, 1]); // what is used at all counts for one at least
    assert.deepEqual(Array.from(delta.subarray(2, 4)), [0, 0]);
    assert(Math.abs(delta[0]! - 0.1) < 1e-6);
  });

  it('are used by patients, not by images, and only with more than an even share', () => {
    const weights = [[0.8, 0.1, 0.1], [0.8, 0.1, 0.1], [0.1, 0.5, 0.4], [1 / 3, 1 / 3, 1 / 3]]; // prettier-ignore
    assert.deepEqual(Array.from(patientsPerRow(weights, ['p', 'p', 'q', 'r'])), [1, 1, 1]);
    assert.equal(patientsPerRow([], []).length, 0);
  });

  it('are used by images and texts of all training pairs, a patient counted once over both', async () => {
    const images = [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]; // prettier-ignore
    const texts = [[0.7, 0.3], [0.7, 0.3], [0.1, 0.9]]; // prettier-ignore
    const { mass, patients } = await useOf(answering(images, texts), ['p', 'q', 'r'].map(pairOf), 2);
    assert(Math.abs(mass[0]! - 3.2) < 1e-6 && Math.abs(mass[1]! - 2.8) < 1e-6);
    assert.deepEqual(Array.from(patients), [3, 2]);
  });

  it('are used by a patient once although the pairs are looked at in parts', async () => {
    const pairs = [...Array.from({ length: 300 }, (_, i) => pairOf(`p${i}`)), pairOf('p0')];
    const all = pairs.map(() => [0.9, 0.1]);
    const { patients, mass } = await useOf(answering(all, all), pairs, 2);
    assert.deepEqual(Array.from(patients), [300, 0]);
    assert(Math.abs(mass[0]! - 2 * 301 * 0.9) < 1e-3);
  });

  it('are cut from a matrix', () => {
    assert.deepEqual(rowsOf(Float32Array.of(1, 2, 3, 4, 5, 6), 2).map((row) => Array.from(row)), [[1, 2], [3, 4], [5, 6]]); // prettier-ignore
  });
});
