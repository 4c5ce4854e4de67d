import assert from 'node:assert/strict';
import { nodeCrypto } from '#shared/crypto/node';
import { ConsiliumError } from '#shared/errors';
import { signApproval, verifyApproval } from '#shared/governance/approval';
import { rosterBytes, rosterFromBytes, rosterHash } from '#shared/governance/roster';
import type { Roster } from '#shared/governance/types';
import { hashWords } from '#shared/governance/words';
import { fromHex, utf8 } from '#shared/util/bytes';
import { toSiteId } from '#shared/util/ids';
import type { SiteId } from '#shared/util/ids';

function id(text: string): SiteId {
  return toSiteId(text) ?? assert.fail(text);
}

const roster: Roster = {
  consortium: 'Lung consortium',
  coordinatorKey: new Uint8Array(32).fill(200),
  sites: ['west', 'north', 'south'].map((site, i) => ({
    site: id(site),
    identityKey: new Uint8Array(32).fill(3 * i + 1),
    sealingKey: new Uint8Array(32).fill(3 * i + 2),
    tlsKeyHash: new Uint8Array(32).fill(3 * i + 3),
  })),
  approvalQuorum: 3,
  membershipQuorum: 3,
};

function codeOf(bytes: Uint8Array): string {
  try {
    rosterFromBytes(bytes);
  } catch (error) {
    return error instanceof ConsiliumError ? error.code : String(error);
  }
  return 'taken';
}

describe('roster bytes', () => {
  const bytes = rosterBytes(roster);
  const text = new TextDecoder().decode(bytes);

  it('read back as the same roster, its sites in the order of their ids', () => {
    const back = rosterFromBytes(bytes);
    assert.deepEqual(
      back.sites.map(({ site }) => site),
      ['north', 'south', 'west'],
    );
    assert.deepEqual(rosterHash(nodeCrypto, back), rosterHash(nodeCrypto, roster));
  });

  it('are refused in another order, with a short key, with a site or a key twice, and cut anywhere', () => {
    assert.equal(codeOf(utf8(text.replace('"site":"north"', '"site":"zulu"'))), 'nonCanonical');
    assert.equal(codeOf(utf8(text.replace('"site":"north"', '"site":"south"'))), 'duplicateSite');
    assert.equal(codeOf(utf8(text.replace('04'.repeat(32), '01'.repeat(32)))), 'duplicateKey');
    assert.equal(codeOf(utf8(text.replace('04'.repeat(32), '04'.repeat(31)))), 'badFormat');
    assert.equal(codeOf(utf8(text.replace('"site":"north"', '"site":"North"'))), 'badFormat');
    for (let length = 0; length < bytes.length; length++) assert.equal(codeOf(bytes.subarray(0, length)), 'badFormat');
  });
});

describe('hashWords', () => {
  it('takes the first 132 bits, eleven a word, as BIP 39 does', () => {
    // BIP 39: the entropy 7f7f... begins with "legal winner thank year wave sausage worth useful legal winner thank".
    const words = hashWords(fromHex('7f'.repeat(32)) ?? assert.fail());
    assert.equal(words.slice(0, 11).join(' '), 'legal winner thank year wave sausage worth useful legal winner thank');
    assert.equal(words.length, 12);
  });

  it('changes when a single key of the roster changes', () => {
    const other = { ...roster, coordinatorKey: new Uint8Array(32).fill(201) };
    assert.notDeepEqual(hashWords(rosterHash(nodeCrypto, roster)), hashWords(rosterHash(nodeCrypto, other)));
  });

  it('refuses what is no hash', () => {
    assert.throws(() => hashWords(new Uint8Array(16)), { code: 'badArgument' });
  });
});

describe('an approval', () => {
  const seed = new Uint8Array(32).fill(7);
  const key = nodeCrypto.ed25519PublicKey(seed);
  const approval = signApproval(nodeCrypto, seed, {
    site: id('north'),
    planHash: new Uint8Array(32).fill(1),
    rosterHash: new Uint8Array(32).fill(2),
  });

  it('verifies under the key of the site that gave it', () => {
    assert(verifyApproval(nodeCrypto, key, approval));
  });

  it('does not verify for another site, plan, roster or key', () => {
    const others = [
      { ...approval, site: id('south') },
      { ...approval, planHash: new Uint8Array(32).fill(3) },
      { ...approval, rosterHash: new Uint8Array(32).fill(3) },
    ];
    for (const other of others) assert(!verifyApproval(nodeCrypto, key, other));
    assert(!verifyApproval(nodeCrypto, nodeCrypto.ed25519PublicKey(new Uint8Array(32).fill(8)), approval));
  });
});
