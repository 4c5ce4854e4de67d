import assert from 'node:assert/strict';
import { makeSnapshot, openSnapshot } from '#client/agent/snapshots';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { modelHash } from '#shared/model/model-hash';
import { snapshotChunkCount } from '#shared/secagg/keys/snapshot';
import type { SiteId } from '#shared/util/ids';
import { keyStudyOf, siteStudyOf } from '../../../support/key-federation.ts';
import { bytesOf, siteId } from '../../../support/secrets.ts';

const [north, south, west] = ['north', 'south', 'west'].map(siteId) as [SiteId, SiteId, SiteId]; // three
const study = keyStudyOf([north, south, west]);
const model = {
  round: 3,
  weights: Float32Array.from({ length: 70_000 }, (_, i) => i / 7),
  momentum: new Float32Array(0),
  secondMoment: new Float32Array(0),
};
const hash = modelHash(crypto, model);
const stored = { round: 4, model, hash };
const wanted = { kind: 'snapshotWanted', planHash: study.planHash, epoch: 3, recipient: south } as const;
const made = makeSnapshot(crypto, siteStudyOf(study, north), wanted, stored)!; // for another site of the roster
const count = snapshotChunkCount(made.record.byteLength);
const chunks = Array.from({ length: count }, (_, index) => made.chunk(index));
const own = siteStudyOf(study, south);

describe('a model from another site', () => {
  it('comes whole, when it is the one that the sites signed', () => {
    assert.equal(count, 2);
    assert.deepEqual(openSnapshot(crypto, own, made.record, hash, chunks), model);
  });

  it('is made for another site of the roster, and once there is something that is not in the plan', () => {
    const ask = (recipient: SiteId) =>
      makeSnapshot(crypto, siteStudyOf(study, north), { ...wanted, recipient }, stored);
    assert.equal(ask(north), undefined);
    assert.equal(ask(siteId('stranger')), undefined);
    assert.equal(makeSnapshot(crypto, siteStudyOf(study, north), wanted, { ...stored, round: 0 }), undefined);
  });

  it('is refused when the sites signed another, or none', () => {
    const open = (signed: Uint8Array | undefined) => openSnapshot(crypto, own, made.record, signed, chunks);
    assert.throws(() => open(bytesOf('another')), { code: 'modelMismatch' });
    assert.throws(() => open(undefined), { code: 'modelMismatch' });
  });

  it('is refused when its record is changed or is for another site', () => {
    const open = (change: object, as = own) => openSnapshot(crypto, as, { ...made.record, ...change }, hash, chunks);
    assert.throws(() => open({ epoch: 2 }), { code: 'badSignature' });
    assert.throws(() => open({ maker: west }), { code: 'badSignature' });
    assert.throws(() => open({}, siteStudyOf(study, west)), { code: 'badSignature' });
  });

  it('is refused when chunks are missing, swapped or changed', () => {
    const open = (sealed: readonly Uint8Array[]) => openSnapshot(crypto, own, made.record, hash, sealed);
    assert.throws(() => open([chunks[1]!, chunks[0]!]), { code: 'boxNotAuthentic' });
    assert.throws(() => open(chunks.slice(0, 1)), { code: 'modelMismatch' });
    assert.throws(() => open([chunks[0]!, new Uint8Array(chunks[1]!.length)]), { code: 'boxNotAuthentic' });
  });
});
