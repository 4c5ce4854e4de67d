import assert from 'node:assert/strict';
import { nodeCrypto as crypto } from '#shared/crypto/node';
import type { Model } from '#shared/model/apply';
import { modelHash } from '#shared/model/model-hash';
import { openChunk, sealChunk } from '#shared/secagg/keys/box';
import { signSnapshot, snapshotProblem } from '#shared/secagg/keys/record';
import type { SnapshotName } from '#shared/secagg/keys/record';
import {
  modelOfSnapshot,
  needsSnapshot,
  sealBytes,
  sealedChunkBytes,
  snapshotByteLength,
  snapshotChunk,
  snapshotChunkBytes,
  snapshotChunkCount,
  snapshotParts,
} from '#shared/secagg/keys/snapshot';
import { concatBytes } from '#shared/util/bytes';
import { keyStudyOf, siteStudyOf } from '../../../../support/key-federation.ts';
import { bytesOf, siteId } from '../../../../support/secrets.ts';
import { identitySeed } from '../../../../support/study.ts';

const [north, south, west] = ['north', 'south', 'west'].map(siteId) as [
  ReturnType<typeof siteId>,
  ReturnType<typeof siteId>,
  ReturnType<typeof siteId>,
]; // three
const study = keyStudyOf([north, south, west]);

/** More than two chunks, and not whole ones. */
function largeModel(): Model {
  const numbers = (seed: number): Float32Array => Float32Array.from({ length: 60_000 }, (_, i) => Math.sin(seed + i));
  return { round: 7, weights: numbers(1), momentum: numbers(2), secondMoment: numbers(3) };
}
const model = largeModel();
const parts = snapshotParts(model);
const byteLength = snapshotByteLength(180_000);
const name: SnapshotName = {
  ...{ planHash: study.planHash, rosterHash: study.rosterHash, epoch: 3, round: 4 },
  ...{ modelHash: modelHash(crypto, model), maker: north, recipient: south, byteLength },
};

describe('a snapshot', () => {
  it('is chunks that put together are the model, bit for bit', () => {
    const count = snapshotChunkCount(byteLength);
    assert.equal(count, 3);
    const chunks = Array.from({ length: count }, (_, i) => snapshotChunk(parts, i));
    assert.deepEqual(
      chunks.map((chunk) => chunk.length),
      [snapshotChunkBytes, snapshotChunkBytes, byteLength - 2 * snapshotChunkBytes],
    );
    const back = modelOfSnapshot(concatBytes(chunks));
    assert(back);
    assert.deepEqual(modelHash(crypto, back), name.modelHash);
    assert.equal(back.round, 7);
  });

  it('is no model when it is cut, longer, or says other lengths', () => {
    const whole = concatBytes(parts);
    assert.equal(modelOfSnapshot(whole.slice(0, -1)), undefined);
    assert.equal(modelOfSnapshot(concatBytes([whole, new Uint8Array(4)])), undefined);
    assert.equal(modelOfSnapshot(whole.slice(0, 20)), undefined);
    assert.equal(modelOfSnapshot(whole.with(3, 9)), undefined, 'another length of a field of the head');
  });

  it('is sealed in chunks of a known length, the same every time, that only its recipient opens, each in its place', () => {
    const keys = {
      sealingPrivateKey: siteStudyOf(study, north).sealingPrivateKey,
      sealingKey: study.sites.get(south)!.sealingKey,
    };
    const chunk = snapshotChunk(parts, 2);
    const sealed = sealChunk(crypto, keys, name, 2, chunk);
    assert.equal(sealed.length, sealedChunkBytes(byteLength, 2));
    assert.equal(sealed.length, chunk.length + sealBytes);
    assert.deepEqual(sealChunk(crypto, keys, name, 2, chunk), sealed);
    const own = siteStudyOf(study, south);
    assert.deepEqual(openChunk(crypto, own, name, 2, sealed), chunk);
    assert.equal(openChunk(crypto, own, name, 1, sealed), undefined);
    assert.equal(openChunk(crypto, own, { ...name, round: 5 }, 2, sealed), undefined);
    assert.equal(openChunk(crypto, own, { ...name, epoch: 2 }, 2, sealed), undefined);
    assert.equal(openChunk(crypto, own, { ...name, modelHash: bytesOf('other') }, 2, sealed), undefined);
    assert.equal(openChunk(crypto, own, { ...name, maker: west }, 2, sealed), undefined);
    assert.equal(openChunk(crypto, own, { ...name, maker: siteId('stranger') }, 2, sealed), undefined);
    assert.equal(openChunk(crypto, siteStudyOf(study, west), name, 2, sealed), undefined);
    assert.equal(openChunk(crypto, own, name, 2, sealed.with(30, sealed[30]! ^ 1)), undefined);
  });

  it('has a record that its maker signed, for this plan and roster', () => {
    const record = signSnapshot(crypto, identitySeed(north), name);
    assert.equal(snapshotProblem(crypto, study, record), undefined);
    assert.equal(snapshotProblem(crypto, study, { ...record, round: 5 }), 'badSignature');
    assert.equal(snapshotProblem(crypto, study, { ...record, recipient: west }), 'badSignature');
    assert.equal(snapshotProblem(crypto, study, { ...record, maker: siteId('stranger') }), 'notRostered');
    const signed = (change: Partial<SnapshotName>) =>
      snapshotProblem(crypto, study, signSnapshot(crypto, identitySeed(north), { ...name, ...change }));
    assert.equal(signed({ planHash: bytesOf('other') }), 'notOfThisEpoch');
    assert.equal(signed({ rosterHash: bytesOf('other') }), 'notOfThisEpoch');
    assert.equal(signed({ epoch: 6 }), 'notOfThisEpoch');
    assert.equal(signed({ round: 11 }), 'notOfThisEpoch');
  });
});

describe('who needs a snapshot', () => {
  const key = (epoch: number) => ({ epoch, keyHash: bytesOf(`key ${String(epoch)}`) });
  const cases: readonly (readonly [string, number, readonly number[], readonly number[], number, boolean])[] = [
    // model, keys, accepted rounds, current epoch
    ['a newcomer in the first epoch does not', 0, [], [1, 2], 1, false],
    ['a newcomer does when rounds of an epoch before were accepted', 0, [3], [1, 2, 5], 3, true],
    ['a newcomer does not when all of those failed', 0, [3], [5], 3, false],
    ['a site that was away does not while it has the key', 1, [1], [1, 2, 3], 2, false],
    ['a site that folded the epoch and destroyed its key does not', 2, [2], [1, 2, 3], 2, false],
    ['a site that has one key of two does', 1, [1], [1, 2, 3, 5], 3, true],
  ];
  for (const [what, modelRound, keys, accepted, epoch, needed] of cases) {
    it(what, () => {
      const holding = { modelRound, keys: keys.map(key) };
      assert.equal(needsSnapshot(study, holding, accepted, epoch), needed);
    });
  }
});
