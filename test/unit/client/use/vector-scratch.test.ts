import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomFor } from '#client/data/random';
import { writeIndex } from '#client/use/index-file';
import { openScratch } from '#client/use/vector-scratch';
import { vectorSet } from '#client/use/vector-set';
import { type Vectors, vectorsIn } from '#client/use/vectors';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

const [count, D] = [700, 6];
const random = randomFor(1, 'scratch');
const rows = Array.from({ length: count }, () => Float32Array.from({ length: D }, () => random.normal()));
const matrix = Float32Array.from(rows.flatMap((row) => [...row]));

describe('vectors on the disk', () => {
  it('are there as they were given, and their file goes without a trace', async () => {
    await inTemporaryFolder((dir) => {
      const scratch = openScratch(dir);
      assert.equal(scratch.count, 0);
      scratch.append([]);
      for (const from of [0, 3, 4]) scratch.append(rows.slice(from, from === 0 ? 3 : from === 3 ? 4 : count));
      assert.deepEqual([scratch.count, scratch.dimensions], [count, D]);
      assert.deepEqual(scratch.read(0, count).slice(), matrix);
      assert.deepEqual(scratch.read(5, 6).slice(), rows[5]);
      assert.throws(() => {
        scratch.append([new Float32Array(D + 1)]);
      }, { code: 'lengthMismatch' }); // prettier-ignore
      assert.deepEqual(readdirSync(dir), []);
      scratch.close();
      return Promise.resolve();
    });
  });

  it('make the same index as in memory, to the byte', async () => {
    await inTemporaryFolder(async (dir) => {
      const scratch = openScratch(dir);
      scratch.append(rows);
      const indexOf = async (vectors: Vectors, name: string): Promise<Buffer> => {
        const path = join(dir, name);
        const entries = rows.map((_, row) => ({ id: `pair-${row}`, patientId: 'p' }));
        const model = { method: 'clip', plan: '', round: 1, modelHash: '' };
        const image = await vectorSet(vectors, rows.map((_, row) => count - 1 - row)); // prettier-ignore
        writeIndex(path, { model, entries, sets: { image } });
        return readFileSync(path);
      };
      assert.deepEqual(await indexOf(scratch, 'scratch'), await indexOf(vectorsIn(matrix, D), 'memory'));
      scratch.close();
    });
  });
});
