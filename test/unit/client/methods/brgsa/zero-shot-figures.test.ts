import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { multiLabelAuc } from '#client/evaluate/classification';
import { figureAt } from '#client/evaluate/figures';
import { zeroShotFigures } from '#client/methods/brgsa/zero-shot-figures';

const random = randomFor(1, 'figures');
const pairs = Array.from({ length: 80 }, (_, i) => ({
  labels: [...(i % 3 === 0 ? ['Nodule'] : []), ...(i % 7 === 0 ? ['mass'] : [])],
  patientId: `p${i % 40}`,
}));
/** The first class is told, the second half told and in steps, so that there are ties; nobody has the third. */
const scores = pairs.map(({ labels }) => [
  Number(labels.includes('Nodule')) + 0.5 * random.normal(),
  Math.round(Number(labels.includes('mass')) + random.normal()),
  random.normal(),
]);
const classes = { common: ['nodule'], rare: ['mass', 'empyema'] };
const { figures, chance } = zeroShotFigures(classes, pairs, scores, randomFor(2, 'bootstrap'));

describe('zero-shot figures', () => {
  it('are areas under the ROC curve by class, null without a positive, labels in any case', () => {
    const wanted = multiLabelAuc(pairs.map(({ labels }) => [Number(labels.includes('Nodule')), Number(labels.includes('mass')), 0]), scores); // prettier-ignore
    assert.deepEqual(['nodule', 'mass', 'empyema'].map((name) => figureAt(figures, `classes.${name}`)), wanted.perClass); // prettier-ignore
  });

  it('are meant over common and rare classes apart, those without an area left out', () => {
    const [nodule, mass] = ['nodule', 'mass'].map((name) => figureAt(figures, `classes.${name}`)!);
    assert.equal(figureAt(figures, 'common'), nodule);
    assert.equal(figureAt(figures, 'rare'), mass);
    assert.equal(figureAt(figures, 'all'), (nodule! + mass!) / 2);
    assert.deepEqual(chance, { all: 0.5, common: 0.5, rare: 0.5 });
  });

  it('lie in their intervals, which resample patients', () => {
    for (const name of ['all', 'common', 'rare']) {
      const [low, middle, high] = [`low.${name}`, name, `high.${name}`].map((path) => figureAt(figures, path)!);
      assert(low! < middle! && middle! < high! && high! - low! < 0.5, name);
    }
    const one = zeroShotFigures(classes, pairs.map((pair) => ({ ...pair, patientId: 'p' })), scores, randomFor(2, 'b')); // prettier-ignore
    assert.equal(figureAt(one.figures, 'low.common'), figureAt(one.figures, 'high.common')); // one patient is every resample
  });

  it('are null of a group without classes', () => {
    const none = zeroShotFigures({ common: [], rare: ['mass'] }, pairs, scores.map((row) => [row[1]!]), randomFor(1, 'n')); // prettier-ignore
    assert.equal(figureAt(none.figures, 'common'), null);
    assert.equal(figureAt(none.figures, 'low.common'), null);
  });
});
