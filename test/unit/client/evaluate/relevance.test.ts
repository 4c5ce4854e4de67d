import assert from 'node:assert/strict';
import { expectedNdcgAtK, ndcgAtK, relevanceAtK } from '#client/evaluate/relevance';

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

  it('expects of a random order the mean over all orders', () => {
    const relevance = [1, 0.5, 0];
    const orders = [[3, 2, 1], [3, 1, 2], [2, 3, 1], [1, 3, 2], [2, 1, 3], [1, 2, 3]]; // prettier-ignore
    const mean = orders.reduce((sum, scores) => sum + ndcgAtK(scores, relevance, 2)!, 0) / orders.length;
    assert(Math.abs(expectedNdcgAtK(relevance, 2)! - mean) < 1e-12);
  });

  it('is undefined where nothing is relevant', () => {
    assert.equal(ndcgAtK([1, 2], [0, 0], 2), null);
    assert.equal(expectedNdcgAtK([0, 0], 2), null);
  });
});
