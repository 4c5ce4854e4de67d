import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { loadPairs, type PairReading } from '#client/data/load-pairs';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

const header = 'id,image_path,report_text,labels,site,patient_id\n';

const greyOf = (side: number): PairReading => ({ size: [side, side], channels: 1, reports: true });

describe('load-pairs', () => {
  it('names the rows that it leaves out, and why', () =>
    inTemporaryFolder(async (dir) => {
      const raw = { width: 4, height: 4, channels: 1 } as const;
      const grey = Uint8Array.from({ length: 16 }, (_, i) => 16 * i);
      await sharp(grey, { raw }).png().toFile(join(dir, 'good.png'));
      await sharp(new Uint8Array(16), { raw }).png().toFile(join(dir, 'flat.png'));
      await writeFile(join(dir, 'bad.png'), 'not an image');
      const rows = [
        'a,good.png,clear,,s,p1',
        'b,good.png,,,s,p2',
        'c,none.png,clear,,s,p3',
        'd,bad.png,clear,,s,p4',
        'e,flat.png,clear,,s,p5',
        'f,,clear,,s,p6',
      ];
      await writeFile(join(dir, 'pairs.csv'), header + rows.join('\n'));
      const { pairs, leftOut } = await loadPairs(join(dir, 'pairs.csv'), greyOf(4));
      assert.deepEqual(
        pairs.map(({ id, split }) => [id, split]),
        [['a', 'train']],
      );
      assert.deepEqual(
        leftOut.map(({ id, why }) => `${id} ${why}`),
        ['b noReport', 'c noImage', 'd unreadableImage', 'e flatImage', 'f noImage'],
      );
    }));

  it('refuses a file without a usable row', () =>
    inTemporaryFolder(async (dir) => {
      const path = join(dir, 'pairs.csv');
      await writeFile(path, `${header}a,none.png,secret,,s,p\n`);
      await assert.rejects(loadPairs(path, greyOf(4)), { code: 'noUsableRows', message: /none of its 1 rows/ });
    }));

  const real = fileURLToPath(new URL('../../../../../shared/data/cxr_covid/pairs.csv', import.meta.url));
  if (existsSync(real)) {
    it('reads the 208 radiographs that have a report', async () => {
      const { pairs, leftOut } = await loadPairs(real, greyOf(16));
      assert.equal(pairs.length, 208);
      assert.equal(leftOut.length, 97);
      assert(leftOut.every(({ why }) => why === 'noReport'));
      assert(pairs.every(({ image }) => image.length === 256));
    }).timeout(20_000);
  }
});
