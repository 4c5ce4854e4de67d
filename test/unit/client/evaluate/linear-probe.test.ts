import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { accuracy } from '#client/evaluate/classification';
import { fitProbe } from '#client/evaluate/linear-probe';

/** Points about one of three corners, far apart in 2 of 4 features; the fourth is constant. */
function pointsOf(
  count: number,
  seed: number,
): { readonly features: readonly Float64Array[]; readonly labels: number[] } {
  const random = randomFor(seed, 'points');
  const labels = Array.from({ length: count }, (_, i) => i % 3);
  const corners = [[0, 0], [4, 0], [0, 400]]; // prettier-ignore
  const features = labels.map((label) => {
    const [x, y] = corners[label]! as [number, number]; // two numbers
    return Float64Array.of(x + 0.5 * random.normal(), y + 50 * random.normal(), random.normal(), 7);
  });
  return { features, labels };
}

describe('the linear probe', () => {
  it('reads classes that a plane separates, whatever the scale of a feature, on points that it has not seen', () => {
    const probe = fitProbe({ ...pointsOf(30, 1), classes: 3 }, 0.01);
    const { features, labels } = pointsOf(90, 2);
    assert(accuracy(labels, features.map(probe)) > 0.95);
  });

  it('says the most frequent class where the features say nothing', () => {
    const features = Array.from({ length: 9 }, () => [1, 2]);
    const probe = fitProbe({ features, labels: [0, 1, 1, 2, 1, 0, 1, 1, 2], classes: 4 }, 0.01);
    assert.equal(probe([1, 2]), 1);
    assert.equal(probe([5, -3]), 1);
  });

  it('does the same for the same examples', () => {
    const examples = { ...pointsOf(12, 3), classes: 3 };
    const { features } = pointsOf(50, 4);
    assert.deepEqual(features.map(fitProbe(examples, 0.01)), features.map(fitProbe(examples, 0.01)));
  });
});
