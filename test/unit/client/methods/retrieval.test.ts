import assert from 'node:assert/strict';
import { phantomPairs } from '#client/data/phantom/phantoms';
import { radiographPhantom } from '#client/data/phantom/radiograph/generate';
import { randomFor } from '#client/data/random';
import { figureAt } from '#client/evaluate/figures';
import { sumOfCounts } from '#client/evaluate/tally';
import { retrievalOf, retrievalTally } from '#client/methods/retrieval';
import type { Model } from '#client/methods/types';

/** Embeddings at random, the same for the same image or text. */
const model: Model = {
  images: (pairs) =>
    Promise.resolve({ embedding: pairs.map(({ image }) => direction(`${image.length} ${image[99]!}`)) }),
  texts: (reports) => Promise.resolve({ embedding: reports.map(direction) }),
  parameter: () => new Float32Array(0),
};

function direction(of: string): Float32Array {
  const random = randomFor(1, 'direction', of);
  const values = Float32Array.from({ length: 8 }, () => random.normal());
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

describe('retrieval', () => {
  const north = phantomPairs(radiographPhantom, { seed: 1, site: 'north', trainPairs: 0, testPairs: 90 });
  const south = phantomPairs(radiographPhantom, { seed: 1, site: 'south', trainPairs: 0, testPairs: 30 });
  const world = { random: randomFor(1), files: { read: () => Promise.reject(new Error('none')) }, train: [] };

  it('reads one site’s counts as its report says', async () => {
    const { figures } = await retrievalOf(model, north, world);
    const counted = retrievalTally.read(await retrievalTally.count(model, north, world));
    for (const path of ['imageToReport.recallAt1', 'imageToReport.recallAt10', 'reportToImage.recallAt5']) {
      assert.equal(figureAt(counted, path), figureAt(figures, path), path);
    }
  });

  it('reads the sum of two sites as the mean over all their queries', async () => {
    const sites = await Promise.all([north, south].map((pairs) => retrievalTally.count(model, pairs, world)));
    const [a, b] = await Promise.all([north, south].map((pairs) => retrievalOf(model, pairs, world)));
    const all = retrievalTally.read(sumOfCounts(sites));
    const expected = (90 * a!.figures.reportToImage.recallAt5 + 30 * b!.figures.reportToImage.recallAt5) / 120;
    assert(Math.abs(figureAt(all, 'reportToImage.recallAt5')! - expected) < 1e-12);
    assert.equal(sites[0]!.length, retrievalTally.length);
    assert.equal(
      figureAt(retrievalTally.read(new Float64Array(retrievalTally.length)), 'imageToReport.recallAt1'),
      null,
    );
  });
});
