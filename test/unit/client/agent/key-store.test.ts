import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createKeys, openKeys } from '#client/agent/key-store';
import { nodeCrypto } from '#shared/crypto/node';
import { toHex } from '#shared/util/bytes';

describe('the key store', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'keys-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  const names = ['identity.key', 'sealing.key', 'tls.pem'];

  it('makes keys that only their owner can read, and opens the same ones again', () => {
    const made = createKeys(dir, nodeCrypto, 'PEM');
    assert.equal(statSync(join(dir, 'keys')).mode & 0o777, 0o700);
    for (const name of names) assert.equal(statSync(join(dir, 'keys', name)).mode & 0o777, 0o600);
    const opened = openKeys(dir, nodeCrypto);
    assert.equal(toHex(opened.identityKey), toHex(made.identityKey));
    assert.equal(toHex(opened.sealingKey), toHex(made.sealingKey));
    assert.notEqual(toHex(opened.identitySeed.expose()), toHex(opened.sealingPrivateKey.expose()));
  });

  it('refuses a key or a folder that others may read, and says what to do', () => {
    createKeys(dir, nodeCrypto, 'PEM');
    for (const name of names) {
      chmodSync(join(dir, 'keys', name), 0o640);
      assert.throws(() => openKeys(dir, nodeCrypto), { code: 'badConfig', message: /chmod 600 .*keys/ });
      chmodSync(join(dir, 'keys', name), 0o600);
    }
    chmodSync(join(dir, 'keys'), 0o755);
    assert.throws(() => openKeys(dir, nodeCrypto), { code: 'badConfig', message: /chmod 700/ });
  });

  it('refuses a missing key and one of another length', () => {
    createKeys(dir, nodeCrypto, 'PEM');
    writeFileSync(join(dir, 'keys', 'identity.key'), 'short', { mode: 0o600 });
    assert.throws(() => openKeys(dir, nodeCrypto), { code: 'badConfig' });
    rmSync(join(dir, 'keys', 'identity.key'));
    assert.throws(() => openKeys(dir, nodeCrypto), { code: 'notFound' });
  });

  it('never prints a private key', () => {
    const keys = createKeys(dir, nodeCrypto, 'PEM');
    const printed = `${inspect(keys, { depth: 9 })}${JSON.stringify(keys)}`;
    assert(!printed.includes(toHex(keys.identitySeed.expose())));
    assert(!printed.includes('PEM'));
  });
});
