import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { uploadStore } from '#coordinator/store/uploads';
import { siteId } from '../../../support/secrets.ts';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

const place = { planId: 1, round: 1, attempt: 0, site: siteId('north') };
const chunk = new Uint8Array(1000).fill(1);

describe('the uploads on disk', () => {
  it('keep a chunk as it came first, so that what was checked cannot be changed', async () => {
    await inTemporaryFolder(async (root) => {
      const store = uploadStore(root);
      await store.write(place, 0, chunk);
      await store.write(place, 0, new Uint8Array(1000).fill(2));
      assert.deepEqual(new Uint8Array(await store.read(place, 0)), chunk);
      await Promise.all([3, 4, 5, 6].map((fill) => store.write(place, 1, new Uint8Array(100_000).fill(fill))));
      assert.equal(new Set(await store.read(place, 1)).size, 1);
      assert.deepEqual(await store.present(place), [0, 1]);
      assert.equal((await readdir(root, { recursive: true })).filter((name) => name.endsWith('.part')).length, 0);
    });
  });

  it('are deleted also while a stream still brings chunks', async () => {
    await inTemporaryFolder(async (root) => {
      const store = uploadStore(root);
      for (let turn = 0; turn < 20; turn++) {
        for (let index = 0; index < 50; index++) await store.write(place, index, chunk);
        const late = [50, 51, 52, 53].map((index) => store.write(place, index, chunk));
        await assert.doesNotReject(store.delete(place), `turn ${turn}`);
        await Promise.allSettled(late);
      }
    });
  });
});
