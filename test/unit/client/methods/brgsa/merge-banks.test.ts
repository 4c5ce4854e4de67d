import assert from 'node:assert/strict';
import { randomFor, shuffled } from '#client/data/random';
import { leastCostAssignment } from '#client/methods/brgsa/assignment';
import { type Bank, matchRows } from '#client/methods/brgsa/match-rows';
import {
  bankContribution,
  bankOfSums,
  matchAndMerge,
  mergeBanks,
  patientsPerRow,
} from '#client/methods/brgsa/merge-banks';

const random = randomFor(5, 'banks');
const drawBank = (rows: number, width: number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: width }, () => random.normal()));

function permutations(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

/** softmax(x Dᵀ) D. */
function read(x: readonly number[], bank: Bank): readonly number[] {
  const scores = bank.map((row) => Math.exp(x.reduce((sum, value, d) => sum + value * row[d]!, 0)));
  const total = scores.reduce((sum, score) => sum + score, 0);
  return x.map((_, d) => bank.reduce((sum, row, k) => sum + (scores[k]! / total) * row[d]!, 0));
}

const difference = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number =>
  Math.max(...a.flatMap((row, i) => row.map((value, j) => Math.abs(value - b[i]![j]!))));
const rows = (bank: Bank): number[][] => bank.map((row) => Array.from(row));

describe('assignment', () => {
  it('costs as little as the best of all permutations, negative costs and ties included', () => {
    for (let trial = 0; trial < 40; trial++) {
      const n = 1 + (trial % 6);
      const costs = Array.from({ length: n }, () =>
        Float64Array.from({ length: n }, () => (trial % 2 === 0 ? random.normal() : random.integer(4) - 2)),
      );
      const cost = (columns: readonly number[]): number => columns.reduce((sum, j, i) => sum + costs[i]![j]!, 0);
      const found = leastCostAssignment(costs);
      assert.equal(new Set(found).size, n);
      const best = Math.min(...permutations([...costs.keys()]).map(cost));
      assert(Math.abs(cost(found) - best) < 1e-9, `${cost(found)} instead of ${best}`);
    }
  });

  it('finds a permutation of 200 rows again', () => {
    const bank = drawBank(200, 8);
    const order = shuffled([...bank.keys()], random);
    const { assignment, matched } = matchRows(
      bank,
      order.map((row) => bank[row]!.map((value) => 2 * value + 0.001)),
    );
    assert.deepEqual(assignment.map((at) => order[at]), [...bank.keys()]); // prettier-ignore
    assert.equal(matched.length, 200);
  });
});

describe('merging banks', () => {
  it('aggregation: banks of one beginning average row by row, weighted by use', () => {
    assert.deepEqual(rows(mergeBanks([[[1, 2]], [[5, 6]]], [[3], [1]])), [[2, 3]]);
    assert.deepEqual(rows(mergeBanks([[[1, 2]], [[5, 6]]], [[0], [0]])), [[3, 4]]);
  });

  it('aggregation: banks of independent beginnings must be matched, or the mean reads otherwise than either', () => {
    const bank = drawBank(6, 4);
    const turned = bank.toReversed();
    const usage = [bank.map(() => 1), bank.map(() => 1)];
    const x = [0.3, -1, 0.5, 2];
    const matched = matchAndMerge([bank, turned], usage);
    assert(difference([read(x, matched.bank)], [read(x, bank)]) < 1e-9);
    assert(difference([read(x, mergeBanks([bank, turned], usage))], [read(x, bank)]) > 0.1);
    assert.throws(() => matchRows(bank, bank.slice(1)), { code: 'lengthMismatch' });
    assert.throws(() => matchRows(bank, [[NaN, 0, 0, 0], ...bank.slice(1)]), { code: 'notFinite' });
  });

  it('gives the usage-weighted mean from sums alone', () => {
    const global = drawBank(5, 3);
    const moved = [0, 1, 2].map(() => global.map((row) => row.map((value) => value + 0.05 * random.normal())));
    const usage = [[3, 0, 1, 2, 0], [1, 0, 4, 0, 5], [2, 0, 0, 7, 1]]; // prettier-ignore
    const patients = [9, 9, 9, 9, 9];
    const parts = moved.map((bank, s) => bankContribution(global, bank, { usage: usage[s]!, patients }, 3));
    const sums = {
      weighted: parts[0]!.weighted.map((_, i) => parts.reduce((sum, part) => sum + part.weighted[i]!, 0)),
      usage: parts[0]!.usage.map((_, i) => parts.reduce((sum, part) => sum + part.usage[i]!, 0)),
    };
    const pooled = rows(mergeBanks(moved, usage));
    pooled[1] = global[1]!; // nobody used it: it stays
    assert(difference(rows(bankOfSums(global, sums)), pooled) < 1e-9);
  });

  it('matches a bank whose rows were turned before it contributes', () => {
    const global = drawBank(5, 3);
    const usage = [1, 2, 3, 4, 5];
    const patients = [9, 9, 9, 9, 9];
    const turned = bankContribution(global, global.toReversed(), { usage, patients }, 3);
    assert(Math.max(...turned.weighted.map(Math.abs)) < 1e-9);
    assert.deepEqual(Array.from(turned.usage), [5, 4, 3, 2, 1]);
  });

  it('leaves out rows that fewer patients use than the floor', () => {
    const global = drawBank(3, 2);
    const bank = global.map((row) => row.map((value) => value + 0.1));
    const { weighted, usage } = bankContribution(global, bank, { usage: [5, 5, 5], patients: [3, 2, 4] }, 3);
    assert.deepEqual(Array.from(usage), [5, 0, 5]);
    assert.deepEqual(Array.from(weighted.subarray(2, 4)), [0, 0]);
    assert(Math.abs(weighted[0]! - 0.5) < 1e-9);
  });

  it('counts patients, not images, and only rows that get more than an even share', () => {
    const weights = [[0.8, 0.1, 0.1], [0.8, 0.1, 0.1], [0.1, 0.5, 0.4], [1 / 3, 1 / 3, 1 / 3]]; // prettier-ignore
    assert.deepEqual(Array.from(patientsPerRow(weights, ['p', 'p', 'q', 'r'])), [1, 1, 1]);
    assert.equal(patientsPerRow([], []).length, 0);
  });
});
