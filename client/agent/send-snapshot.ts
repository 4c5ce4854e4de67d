/** Snapshots on their way: up in chunks that the coordinator lacks, down in order, after losses from where they stopped. @module */
import { ProtocolError, TransportError } from '#shared/errors';
import { snapshotChunkCount } from '#shared/secagg/keys/snapshot';
import { isTransient } from './call-error.ts';
import type { Calls } from './calls.ts';
import { patiently } from './patience.ts';
import { sendChunks } from './send-chunks.ts';
import type { MadeSnapshot } from './snapshots.ts';

/** Ends when all chunks are there. @throws what the coordinator answers, unless trying again may help. */
export async function sendSnapshot(calls: Calls, { record, chunk }: MadeSnapshot, signal: AbortSignal): Promise<void> {
  const chunked = {
    count: snapshotChunkCount(record.byteLength),
    mayHelp: isTransient,
    present: () => calls.snapshotStatus(record),
    send: (missing: readonly number[]) => calls.uploadSnapshot(record, missing, chunk), // with none left it completes it
  };
  return sendChunks(chunked, signal);
}

/** All sealed chunks of the snapshot for this site. @throws ProtocolError (commitmentMismatch) if more come, or in another order. */
export async function fetchSnapshot(calls: Calls, count: number, signal: AbortSignal): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  await patiently(async () => {
    await calls.fetchSnapshot(chunks.length, ({ index, data }) => {
      if (index !== chunks.length || index >= count)
        throw new ProtocolError('commitmentMismatch', `a chunk ${index} of the snapshot came where none was expected`);
      chunks.push(Uint8Array.from(data));
    });
    if (chunks.length < count) throw new TransportError('unavailable', 'the snapshot ended early');
  }, signal);
  return chunks;
}
