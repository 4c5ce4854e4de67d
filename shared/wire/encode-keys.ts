/** What a session and its bulk calls carry of keys and snapshots, as the messages of the wire. @module */
import type * as Domain from '../secagg/keys/types.ts';
import { unreachable } from '../util/unreachable.ts';
import { encodeChunk, encodePiece } from './bulk.ts';
import { keyRefusalCodes } from './codes.ts';
import * as Wire from './generated/consilium/v1/key_epoch.ts';
import type { SessionRequest, SessionResponse } from './generated/consilium/v1/session.ts';
import * as WireUpload from './generated/consilium/v1/upload.ts';
import type { SnapshotChunk, SnapshotPart } from './types.ts';

/** A record by itself, as the coordinator stores it. */
export function encodeKeyRecord(record: Domain.KeyRecord): Uint8Array {
  return Wire.KeyRecord.encode(record).finish();
}

/** A snapshot's record by itself. */
export function encodeSnapshotRecord(record: Domain.SnapshotRecord): Uint8Array {
  return Wire.SnapshotRecord.encode(snapshotRecord(record)).finish();
}

/** Asks which chunks of a snapshot are there. */
export function encodeSnapshotStatusRequest(record: Domain.SnapshotRecord): Uint8Array {
  return WireUpload.SnapshotStatusRequest.encode({ record: snapshotRecord(record) }).finish();
}

/** One message of a snapshot's stream. */
export function encodeSnapshotPart(part: SnapshotPart): Uint8Array {
  if (part.kind === 'chunk') return encodeChunk(part.index, part.data);
  const header = { $case: 'header', value: snapshotRecord(part.record) } as const;
  return WireUpload.UploadSnapshotRequest.encode({ part: header }).finish();
}

/** Asks for the caller's snapshot from a chunk on. */
export function encodeSnapshotRequest(firstIndex: number): Uint8Array {
  return WireUpload.FetchSnapshotRequest.encode({ firstIndex }).finish();
}

/** A chunk of a snapshot on its way down. */
export function encodeSnapshotChunk({ index, data }: SnapshotChunk): Uint8Array {
  return encodePiece(index, data);
}

/** A site's message about keys. */
export function siteKeyMessage(message: Domain.SiteKeyMessage): SessionRequest['message'] {
  switch (message.kind) {
    case 'holding':
      return { $case: 'holding', value: message };
    case 'keyRecord':
      return { $case: 'keyRecord', value: message };
    case 'keyBox':
      return { $case: 'keyBox', value: message };
    case 'keyRefusal': {
      const { sealer, code } = message;
      return { $case: 'keyRefusal', value: { ...message, sealer: sealer ?? '', code: keyRefusalCodes[code] } };
    }
    default:
      return unreachable(message);
  }
}

/** The coordinator's message about keys. */
export function coordinatorKeyMessage(message: Domain.CoordinatorKeyMessage): SessionResponse['message'] {
  switch (message.kind) {
    case 'keyRequested':
      return { $case: 'keyRequested', value: message };
    case 'keyRecord':
      return { $case: 'keyRecord', value: message };
    case 'keyBox':
      return { $case: 'keyBox', value: message };
    case 'keyWanted':
      return { $case: 'keyWanted', value: message };
    case 'snapshotWanted':
      return { $case: 'snapshotWanted', value: message };
    case 'snapshotRecord':
      return { $case: 'snapshotRecord', value: snapshotRecord(message) };
    default:
      return unreachable(message);
  }
}

function snapshotRecord(record: Domain.SnapshotRecord): Wire.SnapshotRecord {
  return { ...record, byteLength: BigInt(record.byteLength) };
}
