import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openIndex, writeIndex } from '#client/use/index-file';
import { expectModel, search } from '#client/use/search';
import { vectorSet } from '#client/use/vector-set';
import { vectorsIn } from '#client/use/vectors';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

const model = { method: 'clip', plan: 'ab'.repeat(32), round: 3, modelHash: 'cd'.repeat(32) };
const entries = [
  { id: 'a', patientId: 'p "one"' },
  { id: 'b', patientId: 'größe' },
  { id: 'c', patientId: 'p3' },
];
const axes = Float32Array.of(1, 0, 0, 1, 0.6, 0.8);
const options = { k: 2, among: 'image', exact: true } as const;

async function withIndex(use: (path: string) => void): Promise<void> {
  await inTemporaryFolder(async (dir) => {
    const path = join(dir, 'pairs.index');
    const image = await vectorSet(vectorsIn(axes, 2), [0, 1, 2]);
    const sets = { image, report: await vectorSet(vectorsIn(axes.slice(0, 2), 2), [2]) };
    writeIndex(path, { model, entries, sets });
    use(path);
  });
}

describe('an index file', () => {
  it('gives back what was written, and is for its owner alone', async () => {
    await withIndex((path) => {
      assert.equal(statSync(path).mode & 0o777, 0o600);
      const index = openIndex(path);
      assert.deepEqual(index.model, model);
      assert.deepEqual([0, 1, 2].map((at) => index.entry(at)), entries); // prettier-ignore
      const found = search(index, Float32Array.of(0, 1), options);
      assert.deepEqual(found.map(({ id }) => id), ['b', 'c']); // prettier-ignore
      assert(Math.abs(found[1]!.score - 0.8) < 1e-6);
      assert.deepEqual(found[1]!.vector, Float32Array.of(0.6, 0.8));
      const [only] = search(index, Float32Array.of(1, 0), { ...options, among: 'report' });
      assert.equal(only?.id, 'c');
      index.close();
    });
  });

  it('is refused with the model of another round or plan, and says what to do', async () => {
    await withIndex((path) => {
      const index = openIndex(path);
      expectModel(path, index, model);
      for (const other of [{ modelHash: 'ee'.repeat(32) }, { plan: 'ee'.repeat(32) }]) {
        assert.throws(() => {
          expectModel(path, index, { ...model, ...other });
        }, { code: 'modelMismatch', message: /make it anew with consilium-site index/ }); // prettier-ignore
      }
      index.close();
    });
  });

  it('is refused where others can read it, where it is damaged, and where there is none', async () => {
    await withIndex((path) => {
      chmodSync(path, 0o644);
      assert.throws(() => openIndex(path), { code: 'badConfig' });
      chmodSync(path, 0o600);
      const whole = readFileSync(path);
      for (const cut of [1, 8, whole.length - 10]) {
        truncateSync(path, whole.length - cut);
        assert.throws(() => openIndex(path), { code: 'badFormat' });
        writeFileSync(path, whole);
      }
      const far = Buffer.from(whole);
      far.fill(0xff, whole.length - 12, whole.length - 8); // the entry of the only report
      writeFileSync(path, far);
      assert.throws(() => openIndex(path), { code: 'badFormat' });
      assert.throws(() => openIndex(`${path}.gone`), { code: 'noSuchFile' });
    });
  });

  it('has no reports where nobody wrote any', async () => {
    await inTemporaryFolder(async (dir) => {
      const path = join(dir, 'pairs.index');
      writeIndex(path, { model, entries, sets: { image: await vectorSet(vectorsIn(axes, 2), [0, 1, 2]) } });
      const index = openIndex(path);
      assert.throws(() => search(index, Float32Array.of(1, 0), { ...options, among: 'report' }), {
        code: 'unsupported',
      });
      assert.throws(() => search(index, Float32Array.of(1, 0, 0), options), { code: 'lengthMismatch' });
      index.close();
    });
  });
});
