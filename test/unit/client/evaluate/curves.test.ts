import assert from 'node:assert/strict';
import { calibrationBins } from '#client/evaluate/calibration';
import { auc } from '#client/evaluate/classification';
import { calibrationCurve, recallCurve, rocCurve } from '#client/evaluate/curves';
import { retrievalReport } from '#client/evaluate/report';
import type { Curve } from '#client/evaluate/types';
import { randomFor } from '#client/data/random';

function pointsOf(curve: Curve, name: string): readonly (readonly [number, number])[] {
  const found = curve.lines.find((line) => line.name === name);
  assert(found !== undefined, name);
  return found.points;
}

describe('curves of an evaluation', () => {
  it('give recall by k, beside that of a random order', () => {
    const curve = recallCurve({ forth: [1, 2, 2, 7] }, [4, 2]);
    assert.deepEqual(pointsOf(curve, 'forth'), [[1, 0.25], [2, 0.75], [3, 0.75], [4, 0.75]]); // prettier-ignore
    assert.deepEqual(pointsOf(curve, 'chance').map(([, y]) => y), [2 / 6, 4 / 6, 5 / 6, 1]); // prettier-ignore
  });

  it('give the ROC curve whose area is the AUC, ties included, and none without both kinds', () => {
    const [labels, scores] = [[1, 0, 1, 0, 1, 0], [0.9, 0.8, 0.8, 0.3, 0.2, 0.1]]; // prettier-ignore
    const curve = rocCurve([
      { name: 'effusion', labels, scores },
      { name: 'never', labels: [0, 0], scores: [1, 2] },
    ]);
    assert.deepEqual(curve.lines.map(({ name }) => name), ['effusion', 'chance']); // prettier-ignore
    const points = pointsOf(curve, 'effusion');
    const area = points.slice(1).reduce((sum, [x, y], i) => sum + ((x - points[i]![0]) * (y + points[i]![1])) / 2, 0);
    assert(Math.abs(area - auc(labels, scores)!) < 1e-12);
  });

  it('give how often a confidence is right, of bins that have examples', () => {
    const bins = calibrationBins([[0.85, 0.15], [0.95, 0.05], [0.4, 0.6]], [0, 1, 1], 5); // prettier-ignore
    const points = pointsOf(calibrationCurve(bins), 'model');
    assert.deepEqual(points.map(([x, y]) => [x.toFixed(2), y]), [['0.60', 1], ['0.90', 0.5]]); // prettier-ignore
  });

  it('come with a retrieval report, with examples by the ids of pairs and no reports', () => {
    const axes = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
    const pairs = { images: axes, texts: axes, reports: ['a lung', 'a heart'], patientIds: ['p', 'q'] };
    const { details } = retrievalReport({ ...pairs, ids: ['first', 'second'] }, randomFor(1));
    assert.deepEqual(details?.examples, [
      { id: 'first', found: ['first', 'second'], rank: 1 },
      { id: 'second', found: ['second', 'first'], rank: 1 },
    ]);
    assert.deepEqual(pointsOf(details.curves![0]!, 'report to image'), [[1, 1], [2, 1]]); // prettier-ignore
    assert(!JSON.stringify(details).includes('heart'));
    assert.equal(retrievalReport(pairs, randomFor(1)).details?.examples, undefined);
  });
});
