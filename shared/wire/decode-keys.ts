/** The gate for keys and snapshots. @module */
import { DecodeError } from '../errors.ts';
import type * as Domain from '../secagg/keys/types.ts';
import { unreachable } from '../util/unreachable.ts';
import { chunkHead, expectHead, pieceHead } from './bulk.ts';
import { keyRefusalCodes } from './codes.ts';
import * as encode from './encode-keys.ts';
import * as field from './fields.ts';
import { decodeWith, expectSame, read } from './gate.ts';
import * as Wire from './generated/consilium/v1/key_epoch.ts';
import * as WireUpload from './generated/consilium/v1/upload.ts';
import type { SnapshotChunk, SnapshotPart } from './types.ts';

/** A BGV key has 32 KiB and a head, a stream's 32 bytes; a box has 16 more. */
const maxBoxBytes = 1 << 16;
const maxParametersLength = 300;
/** Epochs that one message can name. */
const maxHeldKeys = 64;
/** Chunks of one snapshot at most. */
const maxChunks = 262_144;

/** A record by itself, as the coordinator stores it. */
export function decodeKeyRecord(bytes: Uint8Array): Domain.KeyRecord {
  return decodeWith('KeyRecord', Wire.KeyRecord, bytes, keyRecord, encode.encodeKeyRecord);
}

/** A snapshot's record by itself. */
export function decodeSnapshotRecord(bytes: Uint8Array): Domain.SnapshotRecord {
  return decodeWith('SnapshotRecord', Wire.SnapshotRecord, bytes, snapshotRecord, encode.encodeSnapshotRecord);
}

/** Which snapshot is asked about. */
export function decodeSnapshotStatusRequest(bytes: Uint8Array): Domain.SnapshotRecord {
  return decodeWith(
    'SnapshotStatusRequest',
    WireUpload.SnapshotStatusRequest,
    bytes,
    ({ record }) => snapshotRecord(field.present('record', record)),
    encode.encodeSnapshotStatusRequest,
  );
}

/** One message of a snapshot's stream; the chunk is a view of `bytes`. */
export function decodeSnapshotPart(bytes: Uint8Array): SnapshotPart {
  const part = read('UploadSnapshotRequest', WireUpload.UploadSnapshotRequest, bytes, snapshotPart);
  if (part.kind === 'chunk') {
    expectHead('UploadSnapshotRequest', chunkHead(part.index, part.data.length), part.data, bytes);
  } else expectSame('UploadSnapshotRequest', encode.encodeSnapshotPart(part), bytes);
  return part;
}

/** From which chunk on a snapshot is asked for. */
export function decodeSnapshotRequest(bytes: Uint8Array): number {
  return decodeWith(
    'FetchSnapshotRequest',
    WireUpload.FetchSnapshotRequest,
    bytes,
    ({ firstIndex }) => field.whole(0, maxChunks, 'first_index', firstIndex),
    encode.encodeSnapshotRequest,
  );
}

/** A chunk of a snapshot on its way down; its data is a view of `bytes`. */
export function decodeSnapshotChunk(bytes: Uint8Array): SnapshotChunk {
  const chunk = read('FetchSnapshotResponse', WireUpload.FetchSnapshotResponse, bytes, snapshotChunk);
  expectHead('FetchSnapshotResponse', pieceHead(chunk.index, chunk.data.length), chunk.data, bytes);
  return chunk;
}

/** A site's or the coordinator's. */
export function keyRecord(wire: Wire.KeyRecord): Domain.KeyRecord {
  return {
    kind: 'keyRecord',
    planHash: field.hash('plan_hash', wire.planHash),
    rosterHash: field.hash('roster_hash', wire.rosterHash),
    epoch: epoch(wire),
    place: field.whole(0, field.maxListedSites - 1, 'place', wire.place),
    maker: field.site('maker', wire.maker),
    keyHash: field.hash('key_hash', wire.keyHash),
    parameters: field.text(maxParametersLength, 'parameters', wire.parameters),
    signature: field.signature('signature', wire.signature),
  };
}

/** A site's or the coordinator's. */
export function keyBox(wire: Wire.KeyBox): Domain.KeyBox {
  return {
    kind: 'keyBox',
    planHash: field.hash('plan_hash', wire.planHash),
    epoch: epoch(wire),
    sealer: field.site('sealer', wire.sealer),
    recipient: field.site('recipient', wire.recipient),
    sealed: field.between(1, maxBoxBytes, 'sealed', wire.sealed),
  };
}

export function holding(wire: Wire.Holding): Domain.Holding {
  if (wire.keys.length > maxHeldKeys) {
    throw new DecodeError(
      'outOfRange',
      `keys: expected at most ${String(maxHeldKeys)}, got ${String(wire.keys.length)}`,
    );
  }
  return {
    kind: 'holding',
    site: field.site('site', wire.site),
    planHash: field.hash('plan_hash', wire.planHash),
    modelRound: wire.modelRound,
    keys: wire.keys.map((key) => ({ epoch: epoch(key), keyHash: field.hash('key_hash', key.keyHash) })),
  };
}

export function keyRefusal(wire: Wire.KeyRefusal): Domain.KeyRefusal {
  return {
    kind: 'keyRefusal',
    site: field.site('site', wire.site),
    planHash: field.hash('plan_hash', wire.planHash),
    epoch: epoch(wire),
    sealer: wire.sealer === '' ? null : field.site('sealer', wire.sealer),
    code: field.code(keyRefusalCodes, 'code', wire.code),
  };
}

export function keyRequested(wire: Wire.KeyRequested): Domain.KeyRequested {
  return {
    kind: 'keyRequested',
    planHash: field.hash('plan_hash', wire.planHash),
    epoch: epoch(wire),
    place: field.whole(0, field.maxListedSites - 1, 'place', wire.place),
  };
}

export function keyWanted(wire: Wire.KeyWanted): Domain.KeyWanted {
  return {
    kind: 'keyWanted',
    planHash: field.hash('plan_hash', wire.planHash),
    epoch: epoch(wire),
    recipients: field.sites('recipients', wire.recipients),
  };
}

export function snapshotWanted(wire: Wire.SnapshotWanted): Domain.SnapshotWanted {
  return {
    kind: 'snapshotWanted',
    planHash: field.hash('plan_hash', wire.planHash),
    epoch: epoch(wire),
    recipient: field.site('recipient', wire.recipient),
  };
}

/** A site's, in its upload, or the coordinator's. */
export function snapshotRecord(wire: Wire.SnapshotRecord): Domain.SnapshotRecord {
  return {
    kind: 'snapshotRecord',
    planHash: field.hash('plan_hash', wire.planHash),
    rosterHash: field.hash('roster_hash', wire.rosterHash),
    epoch: epoch(wire),
    round: field.round('round', wire.round),
    modelHash: field.hash('model_hash', wire.modelHash),
    maker: field.site('maker', wire.maker),
    recipient: field.site('recipient', wire.recipient),
    byteLength: field.size('byte_length', wire.byteLength),
    signature: field.signature('signature', wire.signature),
  };
}

function snapshotPart({ part }: WireUpload.UploadSnapshotRequest): SnapshotPart {
  if (part === undefined) throw new DecodeError('missingField', 'part: is missing or of an unknown kind');
  switch (part.$case) {
    case 'header':
      return { kind: 'header', record: snapshotRecord(part.value) };
    case 'chunk':
      return { kind: 'chunk', ...snapshotChunk(part.value) };
    default:
      return unreachable(part);
  }
}

function snapshotChunk({ index, data }: WireUpload.SnapshotChunk): SnapshotChunk {
  return { index: field.whole(0, maxChunks - 1, 'index', index), data };
}

/** Epochs are counted like rounds, from 1. */
function epoch(wire: { readonly epoch: number }): number {
  return field.round('epoch', wire.epoch);
}
