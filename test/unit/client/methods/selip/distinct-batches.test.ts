import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { distinctTextBatches } from '#client/methods/selip/distinct-batches';

const texts = ['normal', 'a', 'normal', 'b', 'c', 'normal', 'a', 'd', 'normal', 'e'];
const batches = distinctTextBatches(texts, 3, randomFor(1, 'batches'));

describe('batches without equal texts', () => {
  it('a batch never holds two equal strings', () => {
    for (const batch of batches) {
      assert(batch.length <= 3 && batch.length > 0);
      assert.equal(new Set(batch.map((at) => texts[at])).size, batch.length);
    }
  });

  it('uses every pair once in an epoch, the frequent text in short batches at the end', () => {
    assert.deepEqual(
      batches.flat().sort((a, b) => a - b),
      [...texts.keys()],
    );
    assert.equal(batches.length, 4); // 'normal' occurs four times
  });

  it('comes in another order from another draw', () => {
    assert.notDeepEqual(distinctTextBatches(texts, 3, randomFor(2, 'batches')), batches);
    assert.deepEqual(distinctTextBatches(texts, 3, randomFor(1, 'batches')), batches);
  });
});
