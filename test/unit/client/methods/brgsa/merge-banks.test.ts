import assert from 'node:assert/strict';
import { randomFor, shuffled } from '#client/data/random';
import { leastCostAssignment } from '#client/methods/brgsa/assignment';
import { type Bank, matchRows } from '#client/methods/brgsa/match-rows';
import { matchAndMerge, mergeBanks } from '#client/methods/brgsa/merge-banks';

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
});
