import assert from 'node:assert/strict';
import {
  aggregateFedEx,
  aggregateFfa,
  aggregateRoLora,
  loraAggregationError,
  type LoraFactors,
  type Matrix,
} from '#shared/model/lora-aggregate';
import { gaussian } from '../../../support/engine/training.ts';

const draw = gaussian(23);
const matrix = (rows: number, columns: number): Matrix => ({
  rows,
  columns,
  values: Float64Array.from({ length: rows * columns }, draw),
});
const factors = (): LoraFactors => ({ a: matrix(6, 4), b: matrix(4, 5) });
const counts = [30, 10, 5, 25, 30];
const scale = { alpha: 8, rank: 4 };

/** The mean of the sites' own layers, element by element. */
function meanOfProducts(sites: readonly LoraFactors[]): Float64Array {
  const values = new Float64Array(30);
  sites.forEach(({ a, b }, s) => {
    for (let i = 0; i < 30; i++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += a.values[Math.floor(i / 5) * 4 + k]! * b.values[k * 5 + (i % 5)]!;
      values[i]! += (counts[s]! / 100) * 2 * sum;
    }
  });
  return values;
}

const near = (got: Float64Array, want: Float64Array): void => {
  assert(Math.max(...got.map((value, i) => Math.abs(value - want[i]!))) < 1e-12);
};

describe('aggregation of LoRA factors', () => {
  const sites = Array.from({ length: 5 }, factors);

  it('averaging both factors is far from the mean of the layers, and a shared frozen A is exact', () => {
    assert(loraAggregationError(sites, counts) > 0.3);
    const shared = sites.map(({ b }) => ({ a: sites[0]!.a, b }));
    assert(loraAggregationError(shared, counts) < 1e-14);
    const { delta } = aggregateFfa(
      sites[0]!.a,
      shared.map(({ b }) => b),
      scale,
      counts,
    );
    near(delta.values, meanOfProducts(shared));
  });

  it('FedEx moves what the means leave out into the weight, so that the layer is the mean of the layers', () => {
    const weight = matrix(6, 5);
    const made = aggregateFedEx(weight, sites, scale, counts);
    const { delta } = aggregateFfa(made.a, [made.b], scale, [1]);
    near(
      made.weight.values.map((value, i) => value + delta.values[i]! - weight.values[i]!),
      meanOfProducts(sites),
    );
  });

  it('RoLoRA averages B in odd rounds and A in even ones, and keeps the other', () => {
    const global = factors();
    const odd = aggregateRoLora(1, global, sites, counts);
    const even = aggregateRoLora(2, global, sites, counts);
    assert.deepEqual([odd.averaged, odd.a, even.averaged, even.b], ['b', global.a, 'a', global.b]);
    assert.notDeepEqual(odd.b, global.b);
  });

  it('refuses factors of another layer, and counts of other sites', () => {
    const other = { a: matrix(6, 3), b: matrix(3, 5) };
    assert.throws(() => aggregateFedEx(matrix(6, 5), [sites[0]!, other], scale, [1, 1]), { code: 'lengthMismatch' });
    assert.throws(() => aggregateFfa(matrix(6, 3), [matrix(4, 5)], scale, [1]), { code: 'lengthMismatch' });
    assert.throws(() => loraAggregationError(sites, [1]), { code: 'lengthMismatch' });
  });
});
