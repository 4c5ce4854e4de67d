import assert from 'node:assert/strict';
import type { Pair } from '#client/data/types';
import { figureAt } from '#client/evaluate/figures';
import { spearman } from '#client/evaluate/severity';
import { sumOfCounts } from '#client/evaluate/tally';
import { semiseConfig } from '#client/methods/semise/config';
import { severityTally } from '#client/methods/semise/severity-tally';
import type { Model } from '#client/methods/types';

const tally = severityTally(semiseConfig({}).semise);
/** The score of an image is its first number. */
const model = {
  images: (pairs: readonly Pick<Pair, 'image'>[]) =>
    Promise.resolve({ severity: pairs.map(({ image }) => image.slice(0, 1)) }),
} as unknown as Model;
const world = {} as never;

function image(grade: number | undefined, score: number): Pair {
  const labels = grade === undefined ? [] : [`severity:${grade}`];
  const id = `${labels.join()}-${score}`;
  return { id, report: '', labels, site: 'north', patientId: id, split: 'test', image: Float32Array.of(score) };
}

describe('severity-tally', () => {
  /** In the middle of bins, so that binning ties nothing. */
  const score = (bin: number): number => ((bin + 0.5) * 4) / 64;
  const north = [0, 1, 2, 3, 4, 2].map((grade, i) => image(grade, score(5 * i)));
  const south = [4, 0, 1, undefined, 3].map((grade, i) => image(grade, score(3 + 7 * i)));

  it('reads from the sum the correlation over the images of both sites', async () => {
    const sum = sumOfCounts(await Promise.all([north, south].map((pairs) => tally.count(model, pairs, world))));
    const all = [...north, ...south].filter(({ labels }) => labels.length > 0);
    const expected = spearman(
      all.map(({ image: [value] }) => value!),
      all.map(({ labels }) => Number(labels[0]!.slice(-1))),
    );
    assert(Math.abs(figureAt(tally.read(sum), 'severity.spearman')! - expected!) < 1e-12);
  });

  it('counts nothing of images that nobody graded, nor while there is no prototype', async () => {
    const ungraded = await tally.count(model, [image(undefined, 1)], world);
    const unknown = await tally.count(model, [image(2, Number.NaN), image(3, 1)], world);
    for (const counts of [ungraded, unknown]) assert(counts.every((count) => count === 0));
    assert.equal(figureAt(tally.read(ungraded), 'severity.spearman'), null);
  });
});
