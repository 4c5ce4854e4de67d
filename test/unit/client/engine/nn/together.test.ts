import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { together } from '#client/engine/nn/together';

const shapes = [[2, 3], [4], [], [1, 2], [3]];

describe('small tensors together', () => {
  const tensors = shapes.map((shape, i) => tf.fill([...shape], i + 1));

  it('are one vector, before the matrices as they are', () => {
    const joined = together(shapes).join(tensors);
    assert.deepEqual([...joined[0]!.dataSync()], [2, 2, 2, 2, 3, 5, 5, 5]);
    assert.deepEqual(joined.slice(1), [tensors[0], tensors[3]]);
  });

  it('come apart in their order and shapes', () => {
    const all = together(shapes);
    const again = all.apart(all.join(tensors).map((tensor) => tf.mul(tensor, 10)));
    assert.deepEqual(again.map(({ shape }) => shape), shapes); // prettier-ignore
    for (const [i, tensor] of again.entries()) assert.ok(tensor.dataSync().every((value) => value === 10 * (i + 1)));
  });

  it('are left alone where there are none', () => {
    const matrices = [tensors[0]!, tensors[3]!];
    const all = together([shapes[0]!, shapes[3]!]);
    assert.deepEqual(all.join(matrices), matrices);
    assert.deepEqual(all.apart(matrices), matrices);
  });
});
