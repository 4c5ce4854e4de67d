import assert from 'node:assert/strict';
import { initialWeights } from '#client/model/flat-weights';

function matrix(shape: readonly number[], seed = 1): Float32Array {
  return initialWeights([{ name: 'bank', shape, init: { kind: 'orthogonal' } }], seed);
}
/** The largest difference of the products of vectors from those of an orthonormal set; element i of vector k at `at`. */
function error(values: Float32Array, count: number, length: number, at: (k: number, i: number) => number): number {
  let worst = 0;
  for (let k = 0; k < count; k++) {
    for (let l = 0; l < count; l++) {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += values[at(k, i)]! * values[at(l, i)]!;
      worst = Math.max(worst, Math.abs(sum - (k === l ? 1 : 0)));
    }
  }
  return worst;
}

describe('an orthogonal matrix', () => {
  it('has orthonormal rows where they are fewer, columns where those are, and both when square', () => {
    assert.ok(error(matrix([5, 9]), 5, 9, (k, i) => k * 9 + i) < 1e-6);
    assert.ok(error(matrix([9, 5]), 5, 9, (k, i) => i * 5 + k) < 1e-6);
    assert.ok(error(matrix([40, 40]), 40, 40, (k, i) => k * 40 + i) < 1e-6);
    assert.ok(error(matrix([40, 40]), 40, 40, (k, i) => i * 40 + k) < 1e-6);
  });

  it('is that of its seed', () => {
    assert.deepEqual(matrix([4, 3]), matrix([4, 3]));
    assert.notDeepEqual(matrix([4, 3]), matrix([4, 3], 2));
  });

  it('favours no direction: its first number is as often negative as positive', () => {
    const signs = Array.from({ length: 400 }, (_, seed) => Math.sign(matrix([2, 2], seed)[3]!));
    const sum = signs.reduce((all, sign) => all + sign, 0);
    assert.ok(Math.abs(sum) < 80, `${sum} of 400`); // four standard deviations
  });

  it('is refused for another shape than a matrix', () => {
    assert.throws(() => matrix([2, 2, 2]), { code: 'badArgument', message: /\[2, 2, 2\]/ });
    assert.throws(() => matrix([3]), { code: 'badArgument' });
  });
});
