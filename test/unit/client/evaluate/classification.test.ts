import assert from 'node:assert/strict';
import {
  accuracy,
  argMax,
  auc,
  averagePrecision,
  complementarity,
  multiLabelAuc,
} from '#client/evaluate/classification';
import { classFigures, confusionOf } from '#client/evaluate/confusion';
import { aucTally, severityTally } from '#client/evaluate/histogram-tallies';
import { ndcgAtK } from '#client/evaluate/relevance';
import { spearman } from '#client/evaluate/severity';
import { randomFor } from '#client/data/random';

/** The definition: pairs of a positive and a negative. */
function aucByPairs(labels: readonly number[], scores: readonly number[]): number {
  let [right, pairs] = [0, 0];
  labels.forEach((p, i) => {
    labels.forEach((n, j) => {
      if (p !== 1 || n !== 0) return;
      pairs++;
      right += scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0;
    });
  });
  return right / pairs;
}

describe('classification', () => {
  it('orders pairs as the definition of the area under the curve does, ties one half', () => {
    const random = randomFor(1, 'auc');
    const labels = Array.from({ length: 60 }, () => random.integer(2));
    const scores = labels.map((label) => Math.round(4 * random.normal() + 3 * label)); // many ties
    assert(Math.abs(auc(labels, scores)! - aucByPairs(labels, scores)) < 1e-12);
    assert.equal(auc([1, 0, 1], [2, 2, 2]), 0.5);
  });

  it('leaves a class without a positive or a negative undefined and out of the mean', () => {
    assert.equal(auc([1, 1], [0.1, 0.2]), null);
    assert.equal(auc([], []), null);
    const labels = [[1, 0], [0, 0]]; // prettier-ignore
    const scores = [[0.9, 0.1], [0.2, 0.3]]; // prettier-ignore
    assert.deepEqual(multiLabelAuc(labels, scores), { perClass: [1, null], macro: 1 });
    assert.equal(averagePrecision([0, 0], [1, 2]), null);
  });

  it('refuses scores of a model that diverged', () => {
    const diverged = { code: 'notFinite' };
    assert.throws(() => auc([1, 0], [NaN, 0]), diverged);
    assert.throws(() => averagePrecision([1, 0], [0, Infinity]), diverged);
    assert.throws(() => spearman([1, 2], [NaN, 1]), diverged);
    assert.throws(() => ndcgAtK([NaN, 1], [0, 1], 1), diverged);
    assert.throws(() => argMax([0.1, NaN]), diverged);
    const binning = { low: 0, high: 1, bins: 2 };
    assert.throws(() => aucTally(binning).count({ labels: [1], scores: [NaN] }), diverged);
    assert.throws(() => severityTally(2, binning).count({ grades: [1], scores: [NaN] }), diverged);
  });

  it('counts equal scores as one threshold in the average precision', () => {
    assert.equal(averagePrecision([1, 0, 1, 0], [1, 1, 1, 1]), 0.5);
    assert.equal(averagePrecision([1, 1, 0], [3, 2, 1]), 1);
  });

  it('finds what a second branch knows and the first does not', () => {
    assert.equal(complementarity([0, 1, 1, 0], [0, 0, 0, 1], [0, 1, 0, 1]), 0.25);
    assert.equal(accuracy([0, 1, 1, 0], [0, 1, 0, 0]), 0.75);
    assert.equal(argMax([0.2, 0.4, 0.4]), 1);
  });

  it('leaves a class that is neither seen nor predicted out of macro F1, and counts one predicted but never seen', () => {
    const unseen = classFigures(confusionOf([0, 0], [0, 0], 2));
    assert.deepEqual(unseen.f1, [1, null]);
    assert.equal(unseen.macroF1, 1);
    const invented = classFigures(confusionOf([0, 0], [0, 1], 2));
    assert.equal(invented.f1[1], 0);
    assert.deepEqual(invented.recall, [0.5, null]);
    assert.deepEqual(classFigures({ classes: 2, counts: [0, 0, 0, 0] }).macroF1, null);
  });
});
