import assert from 'node:assert/strict';
import { figureAt, figureText, meanFigures } from '#client/evaluate/figures';

describe('figures', () => {
  const figures = { auc: 0.5, recall: { at5: 0.25, at10: null } };

  it('are found by their path, and are null where they are not', () => {
    assert.equal(figureAt(figures, 'recall.at5'), 0.25);
    assert.equal(figureAt(figures, 'recall.at10'), null);
    assert.equal(figureAt(figures, 'recall'), null);
    assert.equal(figureAt(figures, 'auc.at5'), null);
  });

  it('have means over those that have them', () => {
    const other = { auc: 1, recall: { at5: 0.75, at10: 0.5 } };
    assert.deepEqual(meanFigures([figures, other]), { auc: 0.75, recall: { at5: 0.5, at10: 0.5 } });
    assert.deepEqual(meanFigures([figures]), figures);
  });

  it('are read in per cent or as they are', () => {
    assert.equal(figureText(0.256, 100), '25.6');
    assert.equal(figureText(0.256, 1), '0.256');
    assert.equal(figureText(null, 1), '-');
  });
});
