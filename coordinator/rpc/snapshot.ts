/** A sealed model from one site to another: chunks in, as for an upload, and out again to the one whom it is for. */
import { DecodeError, ProtocolError } from '#shared/errors';
import { sealedChunkBytes, snapshotChunkCount } from '#shared/secagg/keys/snapshot';
import type { SnapshotRecord } from '#shared/secagg/keys/types';
import type { SiteId } from '#shared/util/ids';
import { decodeSnapshotPart } from '#shared/wire/decode-keys';
import { encodeUploadResult } from '#shared/wire/encode';
import type { SnapshotChunk, SnapshotPart } from '#shared/wire/types';
import type { Consortium } from '../round/consortium.ts';
import type { SnapshotStore } from '../store/snapshots.ts';
import { release } from '../store/garbage.ts';
import type { ReceiveWindows } from './flow-control.ts';
import { uploadWindow } from './limits.ts';
import type { Turnstile } from './turnstile.ts';
import { decodedParts } from './upload.ts';
import type { UploadCall } from './upload.ts';

/** What carrying takes. */
export interface SnapshotCalls {
  readonly consortium: Consortium;
  readonly snapshots: SnapshotStore;
  readonly turnstile: Turnstile;
  readonly windows: ReceiveWindows;
  readonly planId: () => number;
}

/** Indices of the chunks that are there. @throws ProtocolError (wrongPhase) if this snapshot is not expected. */
export async function snapshotStatus(
  { consortium, snapshots, planId }: SnapshotCalls,
  site: SiteId,
  record: SnapshotRecord,
): Promise<readonly number[]> {
  consortium.encryption.expectSnapshot(site, record);
  return snapshots.present(planId(), record);
}

/**
 * Takes the chunks of a stream when its turn has come. The answer counts the chunks that are there; when none is missing
 * the recipient is told.
 *
 * @throws ProtocolError (wrongPhase) if this snapshot is not expected; DecodeError (wrongLength, outOfRange); TransportError
 * (diskFull, unavailable, deadline).
 */
export async function receiveSnapshot(calls: SnapshotCalls, site: SiteId, call: UploadCall): Promise<Uint8Array> {
  const { consortium, snapshots, turnstile, windows, planId } = calls;
  return turnstile.pass(site, async (turn) => {
    const parts = decodedParts(call, decodeSnapshotPart);
    const first = await parts.next();
    const header = first.done === true ? undefined : first.value;
    if (header?.kind !== 'header') throw new DecodeError('missingField', 'a snapshot begins with its record');
    const { record } = header;
    await windows.widened(call.getPeer(), uploadWindow, async () => {
      consortium.encryption.expectSnapshot(site, record);
      for await (const part of parts) {
        await keep(calls, site, record, part);
        turn.goOn();
      }
    });
    consortium.encryption.expectSnapshot(site, record);
    const { length } = await snapshots.present(planId(), record);
    if (length === snapshotChunkCount(record.byteLength)) {
      await snapshots.finish(planId(), record);
      consortium.encryption.snapshotCompleted(record);
    }
    return encodeUploadResult(length);
  });
}

/** The chunks of the snapshot that is there for this site. @throws ProtocolError (wrongPhase) if there is none. */
export async function* snapshotChunks(
  { snapshots, planId }: SnapshotCalls,
  site: SiteId,
  firstIndex: number,
): AsyncGenerator<SnapshotChunk> {
  const record = snapshots.complete(planId(), site);
  if (record === undefined) throw new ProtocolError('wrongPhase', `${site}: no snapshot is there for this site`);
  for (let index = firstIndex; index < snapshotChunkCount(record.byteLength); index++) {
    yield { index, data: await snapshots.read(planId(), record, index) };
  }
}

/** Each chunk is asked for anew: the site may have come to the model otherwise. */
async function keep(
  { consortium, snapshots, planId }: SnapshotCalls,
  site: SiteId,
  record: SnapshotRecord,
  part: SnapshotPart,
): Promise<void> {
  if (part.kind !== 'chunk') throw new DecodeError('badFormat', 'a snapshot has one record');
  consortium.encryption.expectSnapshot(site, record);
  const count = snapshotChunkCount(record.byteLength);
  if (part.index >= count)
    throw new DecodeError('outOfRange', `chunk ${part.index}: this snapshot has ${count} chunks`);
  const expected = sealedChunkBytes(record.byteLength, part.index);
  if (part.data.length !== expected) {
    throw new DecodeError('wrongLength', `chunk ${part.index}: expected ${expected} bytes, got ${part.data.length}`);
  }
  await snapshots.write(planId(), record, part.index, part.data);
  release(part.data);
}
