import assert from 'node:assert/strict';
import { initialWeights, joinWeights, splitWeights } from '#client/model/flat-weights';
import type { Parameter } from '#client/model/parameters';

const parameters: readonly Parameter[] = [
  { name: 'a', shape: [200, 50], init: { kind: 'normal', sd: 2 } },
  { name: 'b', shape: [1000], init: { kind: 'uniform', bound: 0.5 } },
  { name: 'c', shape: [], init: { kind: 'constant', value: 3 } },
];

describe('flat-weights', () => {
  it('begins as declared, from the seed', () => {
    const values = splitWeights(parameters, initialWeights(parameters, 1));
    const squares = values['a']!.reduce((sum, value) => sum + value * value, 0);
    assert(Math.abs(squares / 10_000 - 4) < 0.3);
    assert(values['b']!.every((value) => Math.abs(value) <= 0.5));
    assert(values['b']!.some((value) => value < -0.4) && values['b']!.some((value) => value > 0.4));
    assert.deepEqual([...values['c']!], [3]);
    assert.deepEqual(initialWeights(parameters, 1), initialWeights(parameters, 1));
    assert.notDeepEqual(initialWeights(parameters, 1), initialWeights(parameters, 2));
  });

  it('joins what it splits', () => {
    const flat = initialWeights(parameters, 1);
    const values = splitWeights(parameters, flat);
    assert.deepEqual(
      joinWeights(parameters, ({ name }) => values[name]!),
      flat,
    );
  });

  it('refuses the weights of another model', () => {
    assert.throws(() => splitWeights(parameters, new Float32Array(3)), { code: 'badArgument', message: /11001.*3/ });
  });
});
