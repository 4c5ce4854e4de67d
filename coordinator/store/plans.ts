/** Plans with their rosters, as the canonical bytes that were hashed, and what sites said to them. */
import type { PlanRefusalCode } from '#shared/wire/types';
import type { SiteId } from '#shared/util/ids';
import * as column from './columns.ts';
import type { Database, Row, SqlValue } from './database.ts';

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
  /** The plan of this hash, whether it is the current one or not. */
  find(planHash: Uint8Array): StoredPlan | undefined;
  /** The plan proposed last of those that a site has approved. */
  lastApproved(): StoredPlan | undefined;
  add(plan: Omit<StoredPlan, 'id'>, proposedAtMs: number): void;
  /** Makes a plan the current one again; what sites said to it under another roster is gone. */
  addAgain(plan: StoredPlan, proposedAtMs: number): void;
  /** Signatures by site; an approval takes back a refusal, and the other way round. */
  approvals(id: number): ReadonlyMap<SiteId, Uint8Array>;
  refusals(id: number): ReadonlyMap<SiteId, PlanRefusalCode>;
  approve(id: number, site: SiteId, signature: Uint8Array): void;
  refuse(id: number, site: SiteId, code: PlanRefusalCode): void;
}

/** A time after that of every plan, whatever the clock says, so that one plan is the last. */
const afterAll = 'max(?, 1 + (SELECT coalesce(max(proposed_at_ms), 0) FROM plan))';

/** The plans of a database. */
export function planStore(db: Database): PlanStore {
  const first = (sql: string, ...values: readonly SqlValue[]): StoredPlan | undefined => {
    const row = db.first(sql, ...values);
    return row === undefined ? undefined : storedPlan(row);
  };
  return {
    current: () => first('SELECT * FROM plan ORDER BY proposed_at_ms DESC LIMIT 1'),
    find: (planHash) => first('SELECT * FROM plan WHERE plan_hash = ?', planHash),
    lastApproved: () =>
      first('SELECT * FROM plan WHERE id IN (SELECT plan_id FROM approval) ORDER BY proposed_at_ms DESC LIMIT 1'),
    add({ planHash, plan, roster, rosterHash }, proposedAtMs) {
      db.run(
        `INSERT INTO plan (plan_hash, plan, roster, roster_hash, proposed_at_ms) VALUES (?, ?, ?, ?, ${afterAll})`,
        planHash,
        plan,
        roster,
        rosterHash,
        proposedAtMs,
      );
    },
    addAgain({ id, roster, rosterHash }, proposedAtMs) {
      db.transaction(() => {
        const ofOtherRoster = 'plan_id IN (SELECT id FROM plan WHERE id = ? AND roster_hash != ?)';
        for (const table of ['approval', 'refusal']) {
          db.run(`DELETE FROM ${table} WHERE ${ofOtherRoster}`, id, rosterHash);
        }
        const set = `roster = ?, roster_hash = ?, proposed_at_ms = ${afterAll}`;
        db.run(`UPDATE plan SET ${set} WHERE id = ?`, roster, rosterHash, proposedAtMs, id);
      });
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
