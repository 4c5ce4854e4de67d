import assert from 'node:assert/strict';
import { sumOfCounts } from '#client/evaluate/tally';
import type { MethodReport } from '#client/evaluate/types';
import { meansTally } from '#client/methods/means-tally';

const paths = ['ndcg', 'recall.at1', 'recall.at5'];
const reports: readonly MethodReport[] = [
  { figures: { ndcg: 0.5, recall: { at1: 0.25, at5: null } }, chance: {}, pairCount: 100 },
  { figures: { ndcg: 0.8, recall: { at1: 0.5, at5: null } }, chance: {}, pairCount: 300 },
];

/** The report of the site whose number stands in the place of the model. */
const tally = meansTally(paths, (model) => Promise.resolve(reports[model as unknown as number]!));
const counted = async (site: number): Promise<Float64Array> => tally.count(site as never, [], {} as never);

describe('means-tally', () => {
  it('reads from the sum the mean in which each site weighs by its pairs', async () => {
    const sum = sumOfCounts(await Promise.all([0, 1].map(counted)));
    assert.equal(sum.length, tally.length);
    assert.deepEqual(tally.read(sum), { ndcg: 290 / 400, recall: { at1: 175 / 400, at5: null } });
  });

  it('gives whole numbers', async () => {
    for (const counts of await Promise.all([0, 1].map(counted))) assert(counts.every(Number.isInteger));
  });
});
