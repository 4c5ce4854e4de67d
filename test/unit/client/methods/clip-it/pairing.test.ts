import assert from 'node:assert/strict';
import { randomFor } from '#client/data/random';
import { pairWithReports } from '#client/methods/clip-it/pairing';

const random = randomFor(6, 'pairing');
const vectors = (count: number): number[][] =>
  Array.from({ length: count }, () => Array.from({ length: 5 }, () => random.normal()));
const [images, reports] = [vectors(30), vectors(12)];

const cosine = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, d) => sum + value * b[d]!, 0) / (Math.hypot(...a) * Math.hypot(...b));

describe('pairing', () => {
  it('is label-blind and equals the brute-force argmax; it does not change over epochs', () => {
    const expected = images.map((image) => {
      const cosines = reports.map((report) => cosine(image, report));
      return cosines.indexOf(Math.max(...cosines));
    });
    assert.deepEqual(pairWithReports(images, reports), expected);
    assert.deepEqual(pairWithReports(images, reports), expected);
    assert.equal(pairWithReports.length, 2); // images and reports, no labels
  });

  it('test images are never used to choose pairs: adding them changes no pair of another image', () => {
    assert.deepEqual(pairWithReports(images.slice(0, 20), reports), pairWithReports(images, reports).slice(0, 20));
  });

  it('refuses an empty bank and features that are not finite', () => {
    assert.throws(() => pairWithReports(images, []), { code: 'badArgument' });
    assert.throws(() => pairWithReports(images, [...reports, [NaN, 0, 0, 0, 0]]), { code: 'notFinite' });
  });

  it('lets one report serve many images, and takes the first of reports that say the same', () => {
    const doubled = [...reports, ...reports.map((report) => report.map((value) => 3 * value))];
    assert.deepEqual(pairWithReports(images, doubled), pairWithReports(images, reports));
  });
});
