/**
 * Snapshots on their way from site to site, sealed: chunks under `snapshots/PLAN/RECIPIENT/`, as uploads are kept, and the
 * records of those that are complete in the database.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { snapshotChunkCount } from '#shared/secagg/keys/snapshot';
import type { SnapshotRecord } from '#shared/secagg/keys/types';
import type { SiteId } from '#shared/util/ids';
import { decodeSnapshotRecord } from '#shared/wire/decode-keys';
import { encodeSnapshotRecord } from '#shared/wire/encode-keys';
import * as column from './columns.ts';
import type { Database } from './database.ts';
import { uploadStore } from './uploads.ts';
import type { UploadPlace, UploadStore } from './uploads.ts';

export interface SnapshotStore {
  /** The record of the snapshot that is complete for this site. */
  complete(planId: number, recipient: SiteId): SnapshotRecord | undefined;
  /** Indices of the chunks that are there, ascending. */
  present(planId: number, record: SnapshotRecord): Promise<readonly number[]>;
  /** @throws TransportError (diskFull, unavailable). */
  write(planId: number, record: SnapshotRecord, index: number, data: Uint8Array): Promise<void>;
  /** @throws TransportError (journalDamaged) if the chunk is not there. */
  read(planId: number, record: SnapshotRecord, index: number): Promise<Uint8Array>;
  /** All chunks are there: they are flushed, and the record is written down. */
  finish(planId: number, record: SnapshotRecord): Promise<void>;
  /** Everything for this site goes. */
  delete(planId: number, recipient: SiteId): Promise<void>;
}

/** The snapshots of a database and a folder. */
export function snapshotStore(db: Database, root: string): SnapshotStore {
  const folder = (planId: number, recipient: SiteId): string => join(root, String(planId), recipient);
  const chunks = (planId: number, record: SnapshotRecord): readonly [UploadStore, UploadPlace] => [
    uploadStore(folder(planId, record.recipient)),
    { planId, round: record.round, attempt: 0, site: record.maker },
  ];
  return {
    complete(planId, recipient) {
      const row = db.first('SELECT record FROM snapshot WHERE plan_id = ? AND recipient = ?', planId, recipient);
      return row === undefined ? undefined : decodeSnapshotRecord(column.blob(row, 'record'));
    },
    async present(planId, record) {
      const [store, place] = chunks(planId, record);
      return store.present(place);
    },
    async write(planId, record, index, data) {
      const [store, place] = chunks(planId, record);
      await store.write(place, index, data);
    },
    async read(planId, record, index) {
      const [store, place] = chunks(planId, record);
      return store.read(place, index);
    },
    async finish(planId, record) {
      const [store, place] = chunks(planId, record);
      await store.flush(place, snapshotChunkCount(record.byteLength));
      const values = [planId, record.recipient, encodeSnapshotRecord(record)] as const;
      db.run('INSERT OR REPLACE INTO snapshot (plan_id, recipient, record) VALUES (?, ?, ?)', ...values);
    },
    async delete(planId, recipient) {
      db.run('DELETE FROM snapshot WHERE plan_id = ? AND recipient = ?', planId, recipient);
      await rm(folder(planId, recipient), { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
    },
  };
}
