import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openDatabase } from '#coordinator/store/database';
import { memberStore } from '#coordinator/store/members';
import type { Member, MemberStore } from '#coordinator/store/members';
import { ConsiliumError } from '#shared/errors';
import { bytesOf, siteId } from '../../../support/secrets.ts';
import { inTemporaryFolder } from '../../../support/temporary-folder.ts';

const north = siteId('north');
const use = { secretHash: bytesOf('token'), site: north, requestHash: bytesOf('request'), nowMs: 1000 };

function member(site = north, keys = String(site)): Member {
  return {
    site,
    identityKey: bytesOf(`identity ${keys}`),
    sealingKey: bytesOf(`sealing ${keys}`),
    tlsKeyHash: bytesOf(`tls ${keys}`),
    certificate: Uint8Array.of(1, 2, 3),
    enrolledAtMs: 1000,
    expiresAtMs: 2000,
  };
}

async function withMembers(test: (members: MemberStore, path: string) => void): Promise<void> {
  await inTemporaryFolder(async (dir) => {
    const path = join(dir, 'coordinator.sqlite');
    const db = openDatabase(path);
    try {
      test(memberStore(db), path);
    } finally {
      db.close();
    }
    return Promise.resolve();
  });
}

function refusedWith(code: string): (error: unknown) => boolean {
  return (error) => error instanceof ConsiliumError && error.code === code;
}

describe('the members of a consortium', () => {
  it('are kept, by id, with the token used up in the same step', async () => {
    await withMembers((members) => {
      members.addToken(use.secretHash, north, 5000);
      assert.equal(members.checkToken(use), undefined);
      members.enrol(use, member());
      assert.deepEqual(members.all(), [member()]);
      assert.deepEqual(members.checkToken(use), member());
      const other = { ...use, requestHash: bytesOf('another request') };
      assert.throws(() => members.checkToken(other), refusedWith('tokenUsed'));
    });
  });

  it('come in with their own token, in time, and no other', async () => {
    await withMembers((members) => {
      members.addToken(use.secretHash, north, 1001);
      assert.throws(() => members.checkToken({ ...use, nowMs: 1001 }), refusedWith('tokenExpired'));
      assert.throws(() => members.checkToken({ ...use, site: siteId('south') }), refusedWith('tokenUnknown'));
      assert.throws(() => members.checkToken({ ...use, secretHash: bytesOf('x') }), refusedWith('tokenUnknown'));
      assert.equal(members.checkToken(use), undefined);
    });
  });

  it('have an id and keys of their own; a refused one leaves its token as it was', async () => {
    await withMembers((members) => {
      members.addToken(use.secretHash, north, 5000);
      const second = { ...use, secretHash: bytesOf('second'), requestHash: bytesOf('second request') };
      members.addToken(second.secretHash, north, 5000);
      members.enrol(use, member());
      assert.throws(() => {
        members.addToken(bytesOf('third'), north, 5000);
      }, refusedWith('duplicateSite'));
      assert.throws(() => {
        members.enrol(second, member());
      }, refusedWith('duplicateSite'));
      const south = { ...second, site: siteId('south'), secretHash: bytesOf('fourth') };
      members.addToken(south.secretHash, south.site, 5000);
      for (const key of ['identityKey', 'sealingKey', 'tlsKeyHash'] as const) {
        const copied = { ...member(south.site), [key]: member()[key] };
        assert.throws(() => {
          members.enrol(south, copied);
        }, refusedWith('duplicateKey'));
      }
      assert.equal(members.checkToken(south), undefined);
      assert.equal(members.all().length, 1);
    });
  });

  it('are held by one process: a second database on the file is refused', async () => {
    await withMembers((_, path) => {
      assert.throws(() => openDatabase(path), refusedWith('unavailable'));
    });
  });
});
