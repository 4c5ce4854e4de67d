import assert from 'node:assert/strict';
import { batchOf } from '#client/methods/batches/order';

describe('batches', () => {
  it('shows no pair twice in an epoch and begins every epoch in a new order', () => {
    const epoch = (first: number): number[] => [0, 1, 2].flatMap((i) => [...batchOf(first + i, 100, 32, 1)]);
    assert.equal(new Set(epoch(0)).size, 96);
    assert.equal(new Set(epoch(3)).size, 96);
    assert.notDeepEqual(epoch(0), epoch(3));
  });

  it('leaves other pairs out in other epochs', () => {
    const seen = new Set(Array.from({ length: 30 }, (_, step) => [...batchOf(step, 40, 32, 1)]).flat());
    assert.equal(seen.size, 40);
  });

  it('shows every pair in every step where they are fewer than a batch', () => {
    assert.deepEqual(batchOf(7, 5, 32, 1).toSorted(), [0, 1, 2, 3, 4]);
  });

  it('gives a step the same batch whenever it is asked', () => {
    assert.deepEqual(batchOf(11, 100, 32, 3), batchOf(11, 100, 32, 3));
    assert.notDeepEqual(batchOf(11, 100, 32, 3), batchOf(11, 100, 32, 4));
  });

  it('refuses a site with one training pair', () => {
    assert.throws(() => batchOf(0, 1, 32, 1), { code: 'noUsableRows', message: /two training pairs/ });
  });
});
