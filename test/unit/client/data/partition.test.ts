import assert from 'node:assert/strict';
import { join } from 'node:path';
import { loadPairs } from '#client/data/load-pairs';
import { partitionCsv } from '#client/data/partition';
import { writePhantom } from '#client/data/phantom/write-phantom';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

describe('partition', () => {
  it('gives every site a file that reads as its rows of the whole', () =>
    inTemporaryFolder(async (dir) => {
      const sites = ['north', 'south', 'west', 'north-2'];
      const whole = await writePhantom(join(dir, 'whole'), { seed: 1, sites, trainPairs: 2, testPairs: 1 });
      const { shares, leftOut } = await partitionCsv(whole, 3, join(dir, 'sites'));
      assert.deepEqual(leftOut, []);
      assert.deepEqual(
        shares.map(({ csvPath, ...share }) => (csvPath.endsWith('pairs.csv') ? share : undefined)),
        [
          { values: ['north', 'west'], rowCount: 6 },
          { values: ['north-2'], rowCount: 3 },
          { values: ['south'], rowCount: 3 },
        ],
      );
      const { pairs } = await loadPairs(whole, 64);
      const dealt = await Promise.all(shares.map(({ csvPath }) => loadPairs(csvPath, 64)));
      const byId = new Map(dealt.flatMap((share) => share.pairs).map((pair) => [pair.id, pair]));
      for (const pair of pairs) assert.deepEqual(byId.get(pair.id), pair);
    }));
});
