import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('../support/engine/print-state-hash.ts', import.meta.url));
const run = promisify(execFile);

describe('training in a process of its own', () => {
  it('ends in the same bits after a restart, and on another number of threads', async () => {
    const hashes: string[] = [];
    for (const threads of ['1', '1', '2']) hashes.push((await run(process.execPath, [script, threads])).stdout);
    assert.match(hashes[0]!, /^[0-9a-f]{64}$/);
    assert.deepEqual(hashes, [hashes[0], hashes[0], hashes[0]]);
  });
});
