import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { patientBootstrap } from '#client/evaluate/bootstrap';

const meanOf = (values: readonly number[]) => (examples: readonly number[]) =>
  examples.reduce((sum, at) => sum + values[at]!, 0) / examples.length;

describe('patient bootstrap', () => {
  it('has about the width of the normal interval for a mean', () => {
    const random = randomFor(1, 'bootstrap');
    const values = Array.from({ length: 200 }, () => random.normal());
    const ids = values.map((_, i) => String(i));
    const { estimate, low, high } = patientBootstrap(ids, meanOf(values), random);
    assert(low! < estimate! && estimate! < high!);
    assert(Math.abs((high! - low!) / ((2 * 1.96) / Math.sqrt(200)) - 1) < 0.15);
  });

  it('draws patients, not images: ten copies of every image make nothing surer', () => {
    const draws = randomFor(2, 'values');
    const values = Array.from({ length: 40 }, () => draws.normal());
    const ids = values.map((_, i) => String(i));
    const copies = Array.from({ length: 10 }, () => values).flat();
    const once = patientBootstrap(ids, meanOf(values), randomFor(3, 'b'));
    const copied = patientBootstrap(Array.from({ length: 10 }, () => ids).flat(), meanOf(copies), randomFor(3, 'b'));
    assert.equal(copied.patientCount, 40);
    assert(Math.abs(copied.high! - copied.low! - (once.high! - once.low!)) < 1e-9);
  });

  it('is the same for the same seed and another for another', () => {
    const values = [1, 4, 2, 8, 5, 7];
    const interval = (seed: number): unknown =>
      patientBootstrap(['a', 'a', 'b', 'c', 'd', 'e'], meanOf(values), randomFor(seed, 'b'), { resamples: 200 });
    assert.deepEqual(interval(1), interval(1));
    assert.notDeepEqual(interval(1), interval(2));
  });

  it('names no interval where few resamples define the figure', () => {
    const { estimate, low, high, defined } = patientBootstrap(['a', 'b'], () => null, randomFor(1, 'b'));
    assert.deepEqual([estimate, low, high, defined], [null, null, null, 0]);
  });
});
