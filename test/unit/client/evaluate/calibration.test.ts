import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import {
  calibrationBins,
  calibrationError,
  fitLogistic,
  logisticProbability,
  thresholdNearestCorner,
} from '#client/evaluate/calibration';

describe('calibration', () => {
  it('puts a confidence on a bound into the bin below it, and 0 into the first', () => {
    const rows = [0.04, 0.28, 0.57, 1].map((p) => [p, 0]);
    const { counts } = calibrationBins([[0, 0], ...rows], [0, 0, 0, 0, 0], 25);
    const bins = [...Array.from(counts).entries()].flatMap(([bin, count]) => Array<number>(count).fill(bin));
    assert.deepEqual(bins, [0, 0, 6, 14, 24]); // 0.28 · 25 is 7.000000000000001
  });

  it('is 0 where confidence is right as often as it says, and the gap where it is not', () => {
    const half = Array.from({ length: 4 }, () => [0.5, 0.5]);
    assert.equal(calibrationError(calibrationBins(half, [0, 1, 0, 1], 10)), 0);
    const sure = Array.from({ length: 4 }, () => [1, 0]);
    assert.equal(calibrationError(calibrationBins(sure, [0, 0, 0, 1], 10)), 0.25);
    assert.equal(calibrationError(calibrationBins([], [], 10)), null);
  });

  it('chooses the threshold nearest to the corner of the ROC curve, by looking at all of them', () => {
    const random = randomFor(3, 'threshold');
    const labels = Array.from({ length: 50 }, () => random.integer(2));
    const scores = labels.map((label) => Math.round(3 * random.normal() + 3 * label));
    const distance = (threshold: number): number => {
      const share = (label: number): number => {
        const own = scores.filter((_, i) => labels[i] === label);
        return own.filter((score) => score >= threshold).length / own.length;
      };
      return Math.hypot(1 - share(1), share(0));
    };
    const chosen = thresholdNearestCorner(labels, scores)!;
    assert(Math.abs(distance(chosen) - Math.min(...scores.map(distance))) < 1e-12);
    assert.equal(thresholdNearestCorner([1, 1], [0, 1]), null);
  });

  it('fits the curve whose errors are uncorrelated with the score, and finds known coefficients again', () => {
    const random = randomFor(4, 'logistic');
    const scores = Array.from({ length: 4000 }, () => 0.1 * random.normal() + 0.4);
    const labels = scores.map((score) => Number(random.uniform() < 1 / (1 + Math.exp(-(12 * score - 5)))));
    const curve = fitLogistic(labels, scores)!;
    assert(Math.abs(curve.slope - 12) < 1.5 && Math.abs(curve.offset + 5) < 0.6, JSON.stringify(curve));
    const residual = scores.reduce((sum, score, i) => sum + logisticProbability(curve, score) - labels[i]!, 0);
    assert(Math.abs(residual) < 1.5, String(residual)); // Platt's targets differ from the labels by about 1 in all
  });

  it('stays finite where the scores separate the labels', () => {
    const curve = fitLogistic([0, 0, 1, 1], [1, 2, 3, 4])!;
    assert(Number.isFinite(curve.slope) && curve.slope > 0);
    assert(logisticProbability(curve, 4) > 0.5 && logisticProbability(curve, 1) < 0.5);
    assert.equal(fitLogistic([1], [1]), null);
  });
});
