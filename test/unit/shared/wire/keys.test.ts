import assert from 'node:assert/strict';
import type { CoordinatorKeyMessage, SiteKeyMessage } from '#shared/secagg/keys/types';
import type { SiteId } from '#shared/util/ids';
import { decodeCoordinatorMessage, decodeSiteMessage } from '#shared/wire/decode';
import {
  decodeKeyRecord,
  decodeSnapshotChunk,
  decodeSnapshotPart,
  decodeSnapshotRecord,
  decodeSnapshotRequest,
  decodeSnapshotStatusRequest,
} from '#shared/wire/decode-keys';
import { encodeCoordinatorMessage, encodeSiteMessage } from '#shared/wire/encode';
import {
  encodeKeyRecord,
  encodeSnapshotChunk,
  encodeSnapshotPart,
  encodeSnapshotRecord,
  encodeSnapshotRequest,
  encodeSnapshotStatusRequest,
} from '#shared/wire/encode-keys';
import { UploadSnapshotRequest, FetchSnapshotResponse } from '../../../../shared/wire/generated/consilium/v1/upload.ts';
import { coordinatorKeyMessages, siteKeyMessages } from '../../../support/messages.ts';
import { holdsOnTheWire, patched } from '../../../support/wire-laws.ts';
import type { Refusal } from '../../../support/wire-laws.ts';

const short = new Uint8Array(31);
const noSite = 'North!' as SiteId; // what a hostile peer would write
const { holding, keyRecord, keyBox, keyRefusal } = siteKeyMessages;
const { keyRequested, keyWanted, snapshotWanted, snapshotRecord } = coordinatorKeyMessages;
const many = Array.from({ length: 1025 }, () => keyBox.sealer);

/** The fields that all but `holding` have. */
function ofEpoch<M extends { readonly planHash: Uint8Array; readonly epoch: number }>(message: M) {
  return [
    ['plan_hash', 'wrongLength', { ...message, planHash: short }],
    ['epoch', 'outOfRange', { ...message, epoch: 0 }],
  ] as const;
}

const record = [
  ...ofEpoch(keyRecord),
  ['roster_hash', 'wrongLength', { ...keyRecord, rosterHash: short }],
  ['place', 'outOfRange', { ...keyRecord, place: 1024 }],
  ['maker', 'badFormat', { ...keyRecord, maker: noSite }],
  ['key_hash', 'wrongLength', { ...keyRecord, keyHash: short }],
  ['parameters', 'outOfRange', { ...keyRecord, parameters: 'x'.repeat(301) }],
  ['signature', 'wrongLength', { ...keyRecord, signature: short }],
] as const;
const box = [
  ...ofEpoch(keyBox),
  ['sealer', 'badFormat', { ...keyBox, sealer: noSite }],
  ['recipient', 'badFormat', { ...keyBox, recipient: noSite }],
  ['sealed', 'wrongLength', { ...keyBox, sealed: new Uint8Array(0) }],
  ['sealed', 'wrongLength', { ...keyBox, sealed: new Uint8Array(65_537) }],
] as const;
const snapshot = [
  ...ofEpoch(snapshotRecord),
  ['roster_hash', 'wrongLength', { ...snapshotRecord, rosterHash: short }],
  ['round', 'outOfRange', { ...snapshotRecord, round: 0 }],
  ['model_hash', 'wrongLength', { ...snapshotRecord, modelHash: short }],
  ['maker', 'badFormat', { ...snapshotRecord, maker: noSite }],
  ['recipient', 'badFormat', { ...snapshotRecord, recipient: noSite }],
  ['byte_length', 'outOfRange', { ...snapshotRecord, byteLength: 2 ** 53 }],
  ['signature', 'wrongLength', { ...snapshotRecord, signature: short }],
] as const;

const ofSites: Readonly<Record<SiteKeyMessage['kind'], readonly Refusal<SiteKeyMessage>[]>> = {
  holding: [
    ['site', 'badFormat', { ...holding, site: noSite }],
    ['plan_hash', 'wrongLength', { ...holding, planHash: short }],
    ['epoch', 'outOfRange', { ...holding, keys: [{ epoch: 0, keyHash: keyRecord.keyHash }] }],
    ['key_hash', 'wrongLength', { ...holding, keys: [{ epoch: 1, keyHash: short }] }],
    ['keys', 'outOfRange', { ...holding, keys: many.map(() => ({ epoch: 1, keyHash: keyRecord.keyHash })) }],
  ],
  keyRecord: record,
  keyBox: box,
  keyRefusal: [
    ...ofEpoch(keyRefusal),
    ['site', 'badFormat', { ...keyRefusal, site: noSite }],
    ['sealer', 'badFormat', { ...keyRefusal, sealer: noSite }],
    ['code', 'unknownEnum', patched(encodeSiteMessage(keyRefusal), [0x28, 5], [0x28, 99])],
  ],
};
const ofCoordinator: Readonly<Record<CoordinatorKeyMessage['kind'], readonly Refusal<CoordinatorKeyMessage>[]>> = {
  keyRequested: [...ofEpoch(keyRequested), ['place', 'outOfRange', { ...keyRequested, place: 1024 }]],
  keyRecord: record,
  keyBox: box,
  keyWanted: [
    ...ofEpoch(keyWanted),
    ['recipients', 'badFormat', { ...keyWanted, recipients: [noSite] }],
    ['recipients', 'outOfRange', { ...keyWanted, recipients: many }],
  ],
  snapshotWanted: [...ofEpoch(snapshotWanted), ['recipient', 'badFormat', { ...snapshotWanted, recipient: noSite }]],
  snapshotRecord: snapshot,
};

describe('what a site says of keys, on the wire', () => {
  for (const message of Object.values<SiteKeyMessage>(siteKeyMessages)) {
    holdsOnTheWire<SiteKeyMessage>({
      name: message.kind,
      value: message,
      encode: encodeSiteMessage,
      decode: decodeSiteMessage,
      refused: ofSites[message.kind],
    });
  }

  it('names no sealer where the request is refused', () => {
    const refusal = { ...keyRefusal, sealer: null };
    assert.deepEqual(decodeSiteMessage(encodeSiteMessage(refusal)), refusal);
  });
});

describe('what the coordinator says of keys, on the wire', () => {
  for (const message of Object.values<CoordinatorKeyMessage>(coordinatorKeyMessages)) {
    holdsOnTheWire<CoordinatorKeyMessage>({
      name: message.kind,
      value: message,
      encode: encodeCoordinatorMessage,
      decode: decodeCoordinatorMessage,
      refused: ofCoordinator[message.kind],
    });
  }
});

describe('records and snapshots by themselves', () => {
  holdsOnTheWire({ name: 'KeyRecord', value: keyRecord, encode: encodeKeyRecord, decode: decodeKeyRecord });
  holdsOnTheWire({
    name: 'SnapshotRecord',
    value: snapshotRecord,
    encode: encodeSnapshotRecord,
    decode: decodeSnapshotRecord,
  });
  holdsOnTheWire({
    name: 'SnapshotStatusRequest',
    value: snapshotRecord,
    encode: encodeSnapshotStatusRequest,
    decode: decodeSnapshotStatusRequest,
  });
  holdsOnTheWire({
    name: 'FetchSnapshotRequest',
    value: 5,
    encode: encodeSnapshotRequest,
    decode: decodeSnapshotRequest,
    shorter: [0],
    refused: [['first_index', 'outOfRange', 262_145]],
  });

  it('begin with their record, then come in chunks, as the generated code writes them', () => {
    const data = new Uint8Array(100).fill(9);
    const header = { kind: 'header', record: snapshotRecord } as const;
    assert.deepEqual(decodeSnapshotPart(encodeSnapshotPart(header)), header);
    for (const index of [0, 7]) {
      const up = encodeSnapshotPart({ kind: 'chunk', index, data });
      assert.deepEqual(
        up,
        new Uint8Array(UploadSnapshotRequest.encode({ part: { $case: 'chunk', value: { index, data } } }).finish()),
      );
      assert.deepEqual(decodeSnapshotPart(up), { kind: 'chunk', index, data });
      const down = encodeSnapshotChunk({ index, data });
      assert.deepEqual(down, new Uint8Array(FetchSnapshotResponse.encode({ index, data }).finish()));
      assert.deepEqual(decodeSnapshotChunk(down), { index, data });
    }
    assert.throws(() => decodeSnapshotPart(new Uint8Array(0)), { code: 'missingField' });
    const hidden = Uint8Array.of(...encodeSnapshotChunk({ index: 1, data }), 0xa0, 0x06, 0x01);
    assert.throws(() => decodeSnapshotChunk(hidden), { code: 'nonCanonical' });
  });
});
