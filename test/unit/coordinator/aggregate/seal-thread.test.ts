import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SealThread } from '#coordinator/aggregate/seal-thread';
import { bgvUploadBytes } from '#shared/crypto/bgv-format';
import { Bgv } from '#shared/crypto/bgv';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';
import { loadSeal } from '../../../support/seal.ts';

const part = { wordCount: 4096, firstWord: 0, masks: [] };

describe('the thread in which SEAL runs', () => {
  it('is thrown away when it takes too long, twice, and says so', async () => {
    const thread = new SealThread(1); // no thread starts in a millisecond
    const task = { paths: ['none'], wordCount: 4096, firstWord: 0, masks: [] };
    await assert.rejects(thread.run(task), { name: 'TransportError', code: 'deadline' });
  });

  it('is thrown away after a failure, and the tasks that wait are done in a fresh one', async () => {
    const { seal } = await loadSeal();
    const bgv = new Bgv(seal);
    const key = bgv.key(bgv.makeKey());
    await inTemporaryFolder(async (dir) => {
      const path = join(dir, 'chunk');
      await writeFile(path, key.encrypt(new Uint32Array(4096)));
      const thread = new SealThread();
      const gone = thread.run({ ...part, paths: [join(dir, 'none')] });
      const there = thread.run({ ...part, paths: [path] });
      await assert.rejects(gone, /ENOENT/);
      assert.equal((await there).kind, 'done');
      await writeFile(path, new Uint8Array(bgvUploadBytes));
      assert.equal((await thread.run({ ...part, paths: [path] })).kind, 'malformed');
    });
    key.dispose();
    bgv.dispose();
  });
});
