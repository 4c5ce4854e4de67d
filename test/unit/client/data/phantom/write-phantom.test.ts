import assert from 'node:assert/strict';
import { join } from 'node:path';
import { loadPairs } from '#client/data/load-pairs';
import { headPhantom } from '#client/data/phantom/head/generate';
import { phantomPairs, phantoms } from '#client/data/phantom/phantoms';
import { radiographPhantom } from '#client/data/phantom/radiograph/generate';
import { writePhantom } from '#client/data/phantom/write-phantom';
import { readPairsCsv } from '#client/data/pairs-csv';
import { inTemporaryFolder } from '../../../../support/temporary-folder.ts';

describe('write-phantom', () => {
  it('writes files that read back as what is generated in memory', () =>
    inTemporaryFolder(async (dir) => {
      const options = { seed: 3, trainPairs: 4, testPairs: 3 };
      const path = await writePhantom(join(dir, 'new'), {
        phantom: radiographPhantom,
        ...options,
        sites: ['south', 'west'],
      });
      const { pairs, leftOut } = await loadPairs(path, { size: [64, 64], channels: 1, reports: true });
      assert.deepEqual(leftOut, []);
      assert.deepEqual(pairs, [
        ...phantomPairs(radiographPhantom, { ...options, site: 'south' }),
        ...phantomPairs(radiographPhantom, { ...options, site: 'west' }),
      ]);
    }));

  for (const phantom of phantoms.values()) {
    it(`writes a table of ${phantom.name} that says what was generated, whatever is in a report`, () =>
      inTemporaryFolder(async (dir) => {
        const options = { seed: 5, trainPairs: 4, testPairs: 4 };
        const sites = ['north', 'south', 'west'];
        const rows = await readPairsCsv(await writePhantom(dir, { phantom, ...options, sites }));
        const cases = sites.flatMap((site) => phantom.cases({ ...options, site }));
        assert.deepEqual(
          rows.map(({ id, report, labels, site, patientId, split }) => [id, report, labels, site, patientId, split]),
          cases.map(({ id, report, labels, site, patientId, split }) => [id, report, labels, site, patientId, split]),
        );
      }));
  }

  it('writes volumes that read back likewise', () =>
    inTemporaryFolder(async (dir) => {
      const options = { seed: 3, trainPairs: 2, testPairs: 2 };
      const path = await writePhantom(join(dir, 'new'), { phantom: headPhantom, ...options, sites: ['south'] });
      const { pairs, leftOut } = await loadPairs(path, { size: [8, 32, 32], channels: 1, reports: true });
      assert.deepEqual(leftOut, []);
      assert.deepEqual(pairs, phantomPairs(headPhantom, { ...options, site: 'south' }));
      const smaller = await loadPairs(path, { size: [4, 16, 16], channels: 1, reports: true });
      assert.equal(smaller.pairs[0]?.image.length, 4 * 16 * 16);
    }));
});
