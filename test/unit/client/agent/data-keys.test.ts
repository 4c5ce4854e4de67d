import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataKeys } from '#client/agent/data-keys';
import type { KeyPorts } from '#client/agent/data-keys';
import { KeyFiles } from '#client/agent/key-files';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { sealDataKey } from '#shared/secagg/keys/box';
import { makerOrder } from '#shared/secagg/keys/epoch';
import { makeKeyRecord } from '#shared/secagg/keys/record';
import type { KeyRecord, KeyRefusal, SiteKeyMessage } from '#shared/secagg/keys/types';
import type { SiteId } from '#shared/util/ids';
import { Secret } from '#shared/util/secret';
import { keyStudyOf, siteStudyOf } from '../../../support/key-federation.ts';
import { bytesOf, siteId } from '../../../support/secrets.ts';

const study = keyStudyOf(['east', 'north', 'south'].map(siteId));
const [maker, other] = makerOrder(crypto, study, 1) as [SiteId, SiteId, SiteId]; // three sites
const ask = { kind: 'keyRequested', planHash: study.planHash, epoch: 1, place: 0 } as const;
const key = bytesOf('the key');
const record = makeKeyRecord(crypto, siteStudyOf(study, maker), { epoch: 1, place: 0, bytes: key });
const box = sealDataKey(crypto, siteStudyOf(study, maker), record, other, key)!; // rostered

describe('the data keys of a site', () => {
  let dir: string;
  let said: SiteKeyMessage[];
  let refused: KeyRefusal[];
  let gained: number[];
  let drawn: number;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'keys-'));
    said = [];
    refused = [];
    gained = [];
    drawn = 0;
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  /** The keys of a site as its program finds them at a start. */
  function started(site: SiteId, change: Partial<KeyPorts> = {}): DataKeys {
    return new DataKeys(siteStudyOf(study, site), new KeyFiles(dir, 'plan'), {
      crypto,
      newKey: async () => Promise.resolve(new Secret(bytesOf(`drawn ${String(drawn++)}`))),
      send: (message) => said.push(message),
      gained: (epoch) => gained.push(epoch),
      refused: (refusal) => refused.push(refusal),
      failed: (error) => {
        throw error;
      },
      ...change,
    });
  }

  function records(): readonly KeyRecord[] {
    return said.flatMap((message) => (message.kind === 'keyRecord' ? [message] : []));
  }

  function files(): readonly string[] {
    return readdirSync(join(dir, 'data-keys', 'plan')).sort();
  }

  it('are made once: after a crash behind the record the same record is said, and never another', async () => {
    started(maker).receive(ask);
    await new Promise(setImmediate);
    const again = started(maker);
    again.receive(ask);
    await new Promise(setImmediate);
    const [first, second] = records();
    assert.deepEqual(first, second);
    assert.equal(drawn, 1);
    again.receive(first!);
    assert.deepEqual(gained, [1]);
    assert.deepEqual(started(maker).ofRound(2)?.keyHash, first?.keyHash);
    assert.deepEqual(files(), ['epoch-1.key', 'epoch-1.record']);
  });

  it('are made anew after a crash before the record, of which nobody has heard', async () => {
    started(maker, { newKey: async () => new Promise(() => undefined) }).receive(ask);
    assert.deepEqual(records(), []);
    started(maker).receive(ask);
    await new Promise(setImmediate);
    assert.equal(records().length, 1);
    assert.equal(drawn, 1);
  });

  it('are on disk, for their owner alone, before the record is said', async () => {
    started(maker, {
      send: (message) => {
        assert.equal(message.kind, 'keyRecord');
        assert.deepEqual(files(), ['epoch-1.offer', 'epoch-1.offer-key']);
        for (const name of files()) assert.equal(statSync(join(dir, 'data-keys', 'plan', name)).mode & 0o777, 0o600);
        said.push(message);
      },
    }).receive(ask);
    await new Promise(setImmediate);
    assert.equal(said.length, 1);
  });

  it('come in a box, are those of every round of their epoch, and outlive the program', () => {
    const keys = started(other);
    assert.equal(keys.ofRound(1), null);
    keys.receive(record);
    keys.receive(box);
    for (const found of [keys, started(other)]) {
      assert.deepEqual(found.ofRound(1)?.bytes.expose(), key);
      assert.deepEqual(found.ofRound(2), found.ofRound(1));
      assert.equal(found.ofRound(3), null);
    }
    const holding = keys.holding(5);
    assert.deepEqual(holding.keys, [{ epoch: 1, keyHash: record.keyHash }]);
    assert.equal(holding.modelRound, 5);
  });

  it('are destroyed when their last round is settled', () => {
    const keys = started(other);
    keys.receive(record);
    keys.receive(box);
    const held = keys.ofRound(1);
    keys.settled(2);
    assert.equal(keys.ofRound(1), null);
    assert.deepEqual(held?.bytes.expose(), new Uint8Array(32), 'also in memory');
    assert.deepEqual(files(), ['epoch-1.record']);
    assert.equal(started(other).ofRound(1), null);
  });

  it('leave what the coordinator brought wrongly as evidence, and no more of it than fits', () => {
    const keys = started(other);
    keys.receive(record);
    const twin = makeKeyRecord(crypto, siteStudyOf(study, maker), { epoch: 1, place: 0, bytes: bytesOf('twin') });
    for (let i = 0; i < 21; i++) keys.receive(twin);
    assert.equal(refused.length, 21);
    assert.deepEqual(refused[0], {
      ...{ kind: 'keyRefusal', site: other, planHash: study.planHash, epoch: 1, sealer: maker, code: 'secondRecord' },
    });
    assert.equal(files().filter((name) => name.startsWith('evidence-')).length, 20);
    keys.receive(box);
    assert.deepEqual(keys.ofRound(1)?.keyHash, record.keyHash);
  });

  it('are read whole after a crash between any two writes of an own key that counts', async () => {
    started(maker).receive(ask);
    await new Promise(setImmediate);
    const [own] = records();
    const store = new KeyFiles(dir, 'plan');
    const offer = store.load().epochs.get(1)!.offer!;
    store.keepKey(1, offer.key); // killed here: the key counts when its record does
    const keys = started(maker);
    assert.equal(keys.ofRound(1), null);
    keys.receive(own!);
    assert.deepEqual(keys.ofRound(1)?.keyHash, own?.keyHash);
    store.keepOffer(offer.record, keys.ofRound(1)!.bytes); // killed before it was destroyed
    assert.deepEqual(started(maker).ofRound(1)?.keyHash, own?.keyHash);
    assert.deepEqual(files(), ['epoch-1.key', 'epoch-1.record']);
  });

  it('leave no copy of a key behind that a crash cut off while it was written', () => {
    started(other);
    writeFileSync(join(dir, 'data-keys', 'plan', 'epoch-1.key.0123456789ab.tmp'), key);
    assert.equal(started(other).ofRound(1), null);
    assert.deepEqual(files(), []);
  });
});
