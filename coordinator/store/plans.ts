/** Plans with their rosters, as the canonical bytes that were hashed, and what sites said to them. */
import type { PlanRefusalCode } from '#shared/wire/types';
import type { SiteId } from '#shared/util/ids';
import * as column from './columns.ts';
import type { Database, Row } from './database.ts';

export interface StoredPlan {
  readonly id: number;
  readonly planHash: Uint8Array;
  readonly plan: Uint8Array;
  readonly roster: Uint8Array;
  readonly rosterHash: Uint8Array;
}
export interface PlanStore {
  /** The plan proposed last. */
  current(): StoredPlan | undefined;
  add(plan: Omit<StoredPlan, 'id'>, proposedAtMs: number): void;
  /** Signatures by site; an approval takes back a refusal, and the other way round. */
  approvals(id: number): ReadonlyMap<SiteId, Uint8Array>;
  refusals(id: number): ReadonlyMap<SiteId, PlanRefusalCode>;
  approve(id: number, site: SiteId, signature: Uint8Array): void;
  refuse(id: number, site: SiteId, code: PlanRefusalCode): void;
}

/** The plans of a database. */
export function planStore(db: Database): PlanStore {
  return {
    current() {
      const row = db.first('SELECT * FROM plan ORDER BY id DESC LIMIT 1');
      return row === undefined ? undefined : storedPlan(row);
    },
    add({ planHash, plan, roster, rosterHash }, proposedAtMs) {
      db.run(
        'INSERT INTO plan (plan_hash, plan, roster, roster_hash, proposed_at_ms) VALUES (?, ?, ?, ?, ?)',
        planHash,
        plan,
        roster,
        rosterHash,
        proposedAtMs,
      );
    },
    approvals(id) {
      const rows = db.all('SELECT site, signature FROM approval WHERE plan_id = ? ORDER BY site', id);
      return new Map(rows.map((row) => [column.site(row, 'site'), column.blob(row, 'signature')]));
    },
    refusals(id) {
      const rows = db.all('SELECT site, code FROM refusal WHERE plan_id = ? ORDER BY site', id);
      // Only `refuse` writes here.
      return new Map(rows.map((row) => [column.site(row, 'site'), column.text(row, 'code') as PlanRefusalCode]));
    },
    approve(id, site, signature) {
      db.transaction(() => {
        db.run('DELETE FROM refusal WHERE plan_id = ? AND site = ?', id, site);
        db.run('INSERT OR REPLACE INTO approval (plan_id, site, signature) VALUES (?, ?, ?)', id, site, signature);
      });
    },
    refuse(id, site, code) {
      db.transaction(() => {
        db.run('DELETE FROM approval WHERE plan_id = ? AND site = ?', id, site);
        db.run('INSERT OR REPLACE INTO refusal (plan_id, site, code) VALUES (?, ?, ?)', id, site, code);
      });
    },
  };
}

function storedPlan(row: Row): StoredPlan {
  return {
    id: column.integer(row, 'id'),
    planHash: column.blob(row, 'plan_hash'),
    plan: column.blob(row, 'plan'),
    roster: column.blob(row, 'roster'),
    rosterHash: column.blob(row, 'roster_hash'),
  };
}
