import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalState } from '#client/agent/local-state';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

const plan = 'ab'.repeat(32);

describe('local-state', () => {
  it('gives a round what stood before it, also when the round is trained again', () =>
    inTemporaryFolder((dir) => {
      const state = new LocalState(dir, plan);
      assert.equal(state.before(1), null);
      state.keep(1, Float32Array.of(1, 0.5));
      state.keep(2, Float32Array.of(2, 0.25));
      assert.equal(state.before(1), null);
      assert.deepEqual(new LocalState(dir, plan).before(2), Float32Array.of(1, 0.5));
      assert.deepEqual(state.before(9), Float32Array.of(2, 0.25));
      return Promise.resolve();
    }));

  it('keeps two rounds and nothing for a method without local numbers', () =>
    inTemporaryFolder((dir) => {
      const state = new LocalState(dir, plan);
      for (const round of [1, 2, 5, 10]) state.keep(round, Float32Array.of(round));
      state.keep(11, new Float32Array(0));
      assert.deepEqual(readdirSync(join(dir, 'local', plan)).sort(), ['10.local', '5.local']);
      return Promise.resolve();
    }));

  it('says so when a file was damaged', () =>
    inTemporaryFolder((dir) => {
      const state = new LocalState(dir, plan);
      state.keep(1, Float32Array.of(1, 2, 3));
      const path = join(dir, 'local', plan, '1.local');
      const bytes = readFileSync(path);
      bytes[36]! ^= 1;
      writeFileSync(path, bytes, { mode: 0o600 });
      assert.throws(() => state.before(2), { code: 'badFormat', message: /1\.local was damaged/ });
      return Promise.resolve();
    }));
});
