import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isPhantomCsv, markerOf } from '#client/data/phantom/marker';
import { phantomNamed } from '#client/data/phantom/phantoms';
import { writePhantom } from '#client/data/phantom/write-phantom';
import { inTemporaryFolder } from '../../../../support/temporary-folder.ts';

const options = { phantom: phantomNamed('radiograph'), seed: 1, sites: ['north'], trainPairs: 2, testPairs: 1 };

describe('the marker of a phantom', () => {
  it('holds for the file that was written, and for no other', async () => {
    await inTemporaryFolder(async (dir) => {
      const csv = await writePhantom(dir, options);
      assert.equal(await isPhantomCsv(csv), true);
      const text = readFileSync(csv, 'utf8');
      writeFileSync(csv, `${text}x,images/x.png,a real report,,north,patient-x,test\n`);
      assert.equal(await isPhantomCsv(csv), false);
      writeFileSync(csv, text);
      assert.equal(await isPhantomCsv(csv), true);
      rmSync(join(dir, 'phantom.json'));
      assert.equal(await isPhantomCsv(csv), false);
    });
  });

  it('does not make patients of others into those of a phantom', async () => {
    await inTemporaryFolder(async (dir) => {
      const csv = await writePhantom(dir, options);
      const text = readFileSync(csv, 'utf8').replace('patient-north-train-0001', '1234567');
      writeFileSync(csv, text);
      writeFileSync(join(dir, 'phantom.json'), markerOf('radiograph', text));
      assert.equal(await isPhantomCsv(csv), false);
      writeFileSync(join(dir, 'phantom.json'), 'no JSON');
      assert.equal(await isPhantomCsv(csv), false);
    });
  });
});
