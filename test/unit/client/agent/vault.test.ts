import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Vault } from '#client/agent/vault';
import { utf8 } from '#shared/util/bytes';

describe('a vault', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'vault-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  const secret = utf8('a secret of this round');

  it('gives back what was put in, also after it was opened again', () => {
    Vault.open(dir).put('event-0', secret);
    assert.deepEqual(new Uint8Array(Vault.open(dir).get('event-0')), secret);
  });

  it('writes nothing in clear', () => {
    Vault.open(dir).put('event-0', secret);
    for (const name of readdirSync(dir)) assert(!readFileSync(join(dir, name)).includes(Buffer.from(secret)));
  });

  it('refuses a record that was changed anywhere, or put in the place of another', () => {
    const vault = Vault.open(dir);
    vault.put('event-0', secret);
    const path = join(dir, 'event-0.sealed');
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      writeFileSync(path, changed, { mode: 0o600 });
      assert.throws(() => vault.get('event-0'), { code: 'journalDamaged' });
    }
    writeFileSync(path, bytes);
    renameSync(path, join(dir, 'event-1.sealed'));
    assert.throws(() => vault.get('event-1'), { code: 'journalDamaged' });
    assert.throws(() => vault.get('event-0'), { code: 'journalDamaged' });
  });

  it('cannot be read once its key is destroyed, whatever is left of its records', () => {
    const vault = Vault.open(dir);
    vault.put('event-0', secret);
    vault.destroy();
    assert(!Vault.exists(dir));
    assert.deepEqual(readdirSync(dir), ['event-0.sealed']);
    assert.throws(() => vault.get('event-0'), { code: 'journalDamaged' });
    assert.throws(() => Vault.open(dir).get('event-0'), { code: 'journalDamaged' });
  });
});
