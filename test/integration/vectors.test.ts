import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const script = new URL('../../scripts/vectors.ts', import.meta.url).pathname;
const hkdf = new URL('../vectors/crypto-hkdf.json', import.meta.url).pathname;
const input = { operation: 'leafHash', data: '2021' };
const expected = { hash: '07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7' };

describe('npm run vectors', () => {
  const folder = mkdtempSync(join(tmpdir(), 'consilium-vectors-'));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function vectors(suite: string, cases: readonly object[]): string {
    const path = join(folder, `${suite.replace('/', '-')}-${String(cases.length)}.json`);
    writeFileSync(path, JSON.stringify({ suite, tolerance: { absolute: 0, relative: 0 }, cases }));
    return path;
  }

  function run(...files: readonly string[]): { readonly status: number | null; readonly lines: readonly string[] } {
    const { status, stdout } = spawnSync(process.execPath, [script, ...files], { encoding: 'utf8' });
    return { status, lines: stdout.trimEnd().split('\n') };
  }

  it('ends with the counts over all files and exits 0 when all pass', () => {
    const file = vectors('log/merkle', [{ name: 'leaf', input, expected }]);
    assert.deepEqual(run(hkdf, file), { status: 0, lines: ['3 passed, 0 failed'] });
  });

  it('prints one line for each failing case, with the place, and exits 1', () => {
    const wrong = { hash: '00' };
    const unknown = { operation: 'treeHash' };
    const file = vectors('log/merkle', [
      { name: 'leaf', input, expected },
      { name: 'wrong', input, expected: wrong },
      { name: 'unknown', input: unknown, expected },
    ]);
    const lines = [
      `log/merkle, wrong, hash: got "${expected.hash}", want "00"`,
      'log/merkle, unknown, operation: got "unknown operation", want "treeHash"',
      '1 passed, 2 failed',
    ];
    assert.deepEqual(run(file), { status: 1, lines });
  });

  it('fails every case of a suite that it does not know, and a file that it cannot read', () => {
    const file = vectors('no/suite', [
      { name: 'one', input, expected },
      { name: 'two', input, expected },
    ]);
    const { status, lines } = run(file, join(folder, 'missing.json'));
    assert.equal(status, 1);
    assert.equal(lines.length, 4);
    assert.equal(lines.at(-1), '0 passed, 3 failed');
  });

  it('refuses to run without a file', () => {
    assert.equal(run().status, 2);
  });
});
