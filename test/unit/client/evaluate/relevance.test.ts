import assert from 'node:assert/strict';
import { ndcgAtK, relevanceAtK } from '#client/evaluate/relevance';

describe('graded relevance', () => {
  it('is 1 for the best order and the discounted share for another', () => {
    assert.equal(ndcgAtK([3, 2, 1], [1, 0.5, 0], 3), 1);
    const worst = (0.5 / Math.log2(3) + 1 / 2) / (1 + 0.5 / Math.log2(3));
    assert(Math.abs(ndcgAtK([1, 2, 3], [1, 0.5, 0], 3)! - worst) < 1e-12);
    assert(Math.abs(ndcgAtK([1, 2, 3], [1, 0.5, 0], 1)!) < 1e-12);
  });

  it('counts ties against the query', () => {
    assert.equal(relevanceAtK([1, 1, 1], [1, 0, 0.5], 1), 0);
    assert(ndcgAtK([1, 1], [1, 0], 2)! < 1);
  });

  it('is undefined where nothing is relevant', () => {
    assert.equal(ndcgAtK([1, 2], [0, 0], 2), null);
  });
});
