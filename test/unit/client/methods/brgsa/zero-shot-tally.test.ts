import assert from 'node:assert/strict';
import { phantomPairs } from '#client/data/phantom/phantoms';
import { chestPhantom } from '#client/data/phantom/chest/generate';
import { randomFor } from '#client/data/random';
import { figureAt } from '#client/evaluate/figures';
import { sumOfCounts } from '#client/evaluate/tally';
import { parseBrgsaConfig } from '#client/methods/brgsa/config';
import { brgsaReport } from '#client/methods/brgsa/report';
import { zeroShotTally } from '#client/methods/brgsa/zero-shot-tally';
import type { Model } from '#client/methods/types';

/** Images lie near their own report at random, so that scores say something. */
const model: Model = {
  images: (pairs) =>
    Promise.resolve({
      embedding: pairs.map((pair) => mixed('report' in pair ? String(pair.report) : '', `${pair.image[7]!}`)),
    }),
  texts: (reports) => Promise.resolve({ embedding: reports.map((report) => mixed(report, '')) }),
  parameter: () => new Float32Array(0),
};

function mixed(text: string, noise: string): Float32Array {
  const [a, b] = [randomFor(1, 'text', text), randomFor(1, 'noise', noise)];
  const values = Float32Array.from({ length: 6 }, () => a.normal() + (noise === '' ? 0 : b.normal()));
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

describe('zero-shot-tally', () => {
  const config = parseBrgsaConfig({});
  const tally = zeroShotTally(config);
  const north = phantomPairs(chestPhantom, { seed: 1, site: 'north', trainPairs: 0, testPairs: 40 });
  const south = phantomPairs(chestPhantom, { seed: 1, site: 'south', trainPairs: 0, testPairs: 30 });
  const world = { random: randomFor(1), files: { read: () => Promise.reject(new Error('none')) }, train: [] };

  it('reads from two sites what one site with the pairs of both would report, but for scores of one bin', async () => {
    const sum = sumOfCounts(await Promise.all([north, south].map((pairs) => tally.count(model, pairs, world))));
    assert.equal(sum.length, tally.length);
    const { figures } = await brgsaReport(config, model, [...north, ...south], world);
    const found = tally.read(sum);
    for (const group of ['all', 'common', 'rare']) {
      const [a, b] = [figureAt(found, `zeroShot.${group}`), figureAt(figures, `zeroShot.${group}`)];
      assert(a !== null && b !== null && Math.abs(a - b) < 0.02, `${group}: ${a} and ${b}`);
    }
  });

  it('has no area while nobody counts', () => {
    assert.equal(figureAt(tally.read(new Float64Array(tally.length)), 'zeroShot.all'), null);
  });
});
