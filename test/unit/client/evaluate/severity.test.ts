import assert from 'node:assert/strict';
import { classFigures, confusionOf } from '#client/evaluate/confusion';
import { averageRanks, maee, spearman } from '#client/evaluate/severity';

describe('severity', () => {
  it('SEMISE: MAEE of a perfect predictor is 1', () => {
    assert.equal(maee([0, 3, 2, 4], [0, 3, 2, 4]), 1);
    assert.equal(classFigures(confusionOf([0, 3, 2], [0, 3, 2], 4)).maee, 1);
  });

  it('counts a miss by two more than two misses by one', () => {
    assert(maee([0, 0], [2, 0]) > maee([0, 0], [1, 1]));
  });

  it('gives the same MAEE from predictions and from the counts of them', () => {
    const [actual, predicted] = [[0, 1, 2, 3, 3], [0, 2, 2, 0, 1]]; // prettier-ignore
    assert(Math.abs(maee(actual, predicted) - classFigures(confusionOf(actual, predicted, 4)).maee!) < 1e-12);
  });

  it('correlates ranks, whatever the scale', () => {
    assert.equal(spearman([1, 2, 3, 4], [10, 100, 1000, 10000]), 1);
    assert.equal(spearman([1, 2, 3], [3, 2, 1]), -1);
    assert.deepEqual(averageRanks([5, 1, 5, 0]), [3.5, 2, 3.5, 1]);
    // x = 1..5, y = 1 1 2 2 3: ranks 1.5 1.5 3.5 3.5 5, Σ products of centred ranks 9, Σ squares 10 and 9
    assert(Math.abs(spearman([1, 2, 3, 4, 5], [1, 1, 2, 2, 3])! - 9 / Math.sqrt(90)) < 1e-12);
  });

  it('is undefined where one side never changes', () => {
    assert.equal(spearman([1, 1, 1], [1, 2, 3]), null);
    assert.equal(spearman([], []), null);
  });
});
