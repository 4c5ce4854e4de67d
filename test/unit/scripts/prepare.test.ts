import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const prepare = join(import.meta.dirname, '..', '..', '..', 'scripts', 'prepare.mjs');

describe('preparing a checkout', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'consilium-prepare-'));
    for (const folder of ['checkout/scripts', 'packages']) mkdirSync(join(dir, folder), { recursive: true });
    copyFileSync(prepare, join(dir, 'checkout', 'scripts', 'prepare.mjs'));
    writeFileSync(join(dir, 'checkout', 'package-lock.json'), '{}');
    writeFileSync(join(dir, 'checkout', 'next.mjs'), 'process.stdout.write("went on");');
    writeFileSync(join(dir, 'packages', '.package-lock.json'), '{}');
    symlinkSync(join(dir, 'packages'), join(dir, 'checkout', 'node_modules'), 'junction');
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  const installedAt = (seconds: number): void => {
    utimesSync(join(dir, 'packages', '.package-lock.json'), seconds, seconds);
    utimesSync(join(dir, 'checkout', 'package-lock.json'), 1000, 1000);
  };
  const run = () => {
    const url = pathToFileURL(join(dir, 'checkout', 'scripts', 'prepare.mjs')).href;
    const program = `const { continueWith } = await import('${url}'); continueWith('next.mjs');`;
    return spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
      env: { ...process.env, PATH: '' }, // no npm, so that nothing is installed whatever happens
    });
  };

  it('refuses to install through a link, whose target npm would empty', () => {
    installedAt(999);
    const { status, stderr } = run();
    assert.equal(status, 4);
    assert.match(stderr, /^node_modules is a link, .*: remove the link.*\[badConfig\]\n$/);
    assert.deepEqual(readdirSync(join(dir, 'packages')), ['.package-lock.json']);
  });

  it('goes on where what the link leads to is younger than the lock file', () => {
    installedAt(1001);
    const { status, stdout } = run();
    assert.deepEqual([status, stdout], [0, 'went on']);
  });
});
