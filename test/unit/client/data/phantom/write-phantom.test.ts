import assert from 'node:assert/strict';
import { join } from 'node:path';
import { loadPairs } from '#client/data/load-pairs';
import { generatePhantom } from '#client/data/phantom/generate';
import { writePhantom } from '#client/data/phantom/write-phantom';
import { inTemporaryFolder } from '../../../../support/temporary-folder.ts';

describe('write-phantom', () => {
  it('writes files that read back as what is generated in memory', () =>
    inTemporaryFolder(async (dir) => {
      const options = { seed: 3, trainPairs: 4, testPairs: 3 };
      const path = await writePhantom(join(dir, 'new'), { ...options, sites: ['south', 'west'] });
      const { pairs, leftOut } = await loadPairs(path, 64);
      assert.deepEqual(leftOut, []);
      assert.deepEqual(pairs, [
        ...generatePhantom({ ...options, site: 'south' }),
        ...generatePhantom({ ...options, site: 'west' }),
      ]);
    }));
});
