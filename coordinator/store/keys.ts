/**
 * Data keys as the coordinator has them: the first record of each epoch, and boxes that it cannot open. All of one plan
 * under one roster.
 */
import type { SiteId } from '#shared/util/ids';
import type { KeyBox, KeyRecord } from '#shared/secagg/keys/types';
import { decodeKeyRecord } from '#shared/wire/decode-keys';
import { encodeKeyRecord } from '#shared/wire/encode-keys';
import * as column from './columns.ts';
import type { Database, Row } from './database.ts';

/** A plan under a roster. */
export interface KeyPlace {
  readonly planId: number;
  readonly planHash: Uint8Array;
  readonly rosterHash: Uint8Array;
}
export interface KeyStore {
  record(place: KeyPlace, epoch: number): KeyRecord | null;
  /** The record and the boxes that came with it, all or nothing. @throws TransportError (diskFull, unavailable), also if there is one. */
  addRecord(place: KeyPlace, record: KeyRecord, boxes: readonly KeyBox[]): void;
  /** Who sealed the box of each recipient. */
  sealers(place: KeyPlace, epoch: number): ReadonlyMap<SiteId, SiteId>;
  box(place: KeyPlace, epoch: number, recipient: SiteId): KeyBox | undefined;
  putBox(place: KeyPlace, box: KeyBox): void;
  deleteBox(place: KeyPlace, epoch: number, recipient: SiteId): void;
}

/** The keys of a database. */
export function keyStore(db: Database): KeyStore {
  const where = 'plan_id = ? AND roster_hash = ? AND epoch = ?';
  const putBox = ({ planId, rosterHash }: KeyPlace, { epoch, recipient, sealer, sealed }: KeyBox): void => {
    db.run(
      'INSERT OR REPLACE INTO key_box (plan_id, roster_hash, epoch, recipient, sealer, sealed) VALUES (?, ?, ?, ?, ?, ?)',
      ...[planId, rosterHash, epoch, recipient, sealer, sealed],
    );
  };
  return {
    record({ planId, rosterHash }, epoch) {
      const row = db.first(`SELECT record FROM key_record WHERE ${where}`, planId, rosterHash, epoch);
      return row === undefined ? null : decodeKeyRecord(column.blob(row, 'record'));
    },
    addRecord(place, record, boxes) {
      const values = [place.planId, place.rosterHash, record.epoch, encodeKeyRecord(record)] as const;
      db.transaction(() => {
        db.run('INSERT INTO key_record (plan_id, roster_hash, epoch, record) VALUES (?, ?, ?, ?)', ...values);
        for (const box of boxes) putBox(place, box);
      });
    },
    sealers({ planId, rosterHash }, epoch) {
      const rows = db.all(`SELECT recipient, sealer FROM key_box WHERE ${where}`, planId, rosterHash, epoch);
      return new Map(rows.map((row) => [column.site(row, 'recipient'), column.site(row, 'sealer')]));
    },
    box({ planId, planHash, rosterHash }, epoch, recipient) {
      const row = db.first(
        `SELECT * FROM key_box WHERE ${where} AND recipient = ?`,
        ...[planId, rosterHash, epoch, recipient],
      );
      return row === undefined ? undefined : keyBox(row, planHash);
    },
    putBox,
    deleteBox({ planId, rosterHash }, epoch, recipient) {
      db.run(`DELETE FROM key_box WHERE ${where} AND recipient = ?`, ...[planId, rosterHash, epoch, recipient]);
    },
  };
}

function keyBox(row: Row, planHash: Uint8Array): KeyBox {
  return {
    kind: 'keyBox',
    planHash,
    epoch: column.integer(row, 'epoch'),
    sealer: column.site(row, 'sealer'),
    recipient: column.site(row, 'recipient'),
    sealed: column.blob(row, 'sealed'),
  };
}
