/** Rounds and their journals: ordered events, appended and flushed one by one, never changed. */
import { decodeEvent, encodeEvent } from '#shared/codec/event-json';
import { TransportError } from '#shared/errors';
import { coordinatorEventKinds } from '#shared/secagg/event-kinds';
import type { CoordinatorEvent } from '#shared/secagg/types';
import { toSiteId } from '#shared/util/ids';
import type { SiteId } from '#shared/util/ids';
import { decodeClosedRounds } from '#shared/wire/decode';
import { encodeClosedRounds } from '#shared/wire/encode';
import type { ClosedRound } from '#shared/wire/types';
import * as column from './columns.ts';
import type { Database, Row } from './database.ts';

/** What a round was opened with. */
export interface RoundOpening {
  readonly planId: number;
  readonly round: number;
  readonly cohort: readonly SiteId[];
  readonly modelHash: Uint8Array;
  readonly openedAtMs: number;
}
export interface StoredRound extends RoundOpening {
  readonly id: number;
  /** `null` while the round is open. */
  readonly end: { readonly result: ClosedRound; readonly closedAtMs: number } | null;
}
export interface JournalEntry {
  readonly event: CoordinatorEvent;
  readonly atMs: number;
}
export interface RoundStore {
  /** In order. */
  ofPlan(planId: number): readonly StoredRound[];
  /** How many rounds of the plan are closed; asked often, so none is read for it. */
  closedCount(planId: number): number;
  open(opening: RoundOpening): StoredRound;
  /** On disk when it returns. @throws TransportError (diskFull, unavailable): the event did not happen. */
  append(roundId: number, event: CoordinatorEvent, atMs: number): void;
  /** In order. @throws TransportError (journalDamaged). */
  journal(roundId: number): Iterable<JournalEntry>;
  close(roundId: number, result: ClosedRound, closedAtMs: number): void;
}

/** The rounds of a database. */
export function roundStore(db: Database): RoundStore {
  const ofPlan = (planId: number): readonly StoredRound[] =>
    db.all('SELECT * FROM round WHERE plan_id = ? ORDER BY round', planId).map(storedRound);
  return {
    ofPlan,
    closedCount(planId) {
      const row = db.first('SELECT count(result) AS closed FROM round WHERE plan_id = ?', planId);
      return row === undefined ? 0 : column.integer(row, 'closed');
    },
    open({ planId, round, cohort, modelHash, openedAtMs }) {
      const row = db.transaction(() =>
        db.first(
          'INSERT INTO round (plan_id, round, cohort, model_hash, opened_at_ms) VALUES (?, ?, ?, ?, ?) RETURNING *',
          planId,
          round,
          cohort.join(' '),
          modelHash,
          openedAtMs,
        ),
      );
      if (row === undefined)
        throw new TransportError('unavailable', 'the coordinator’s database did not keep the round');
      return storedRound(row);
    },
    append(roundId, event, atMs) {
      db.run(
        `INSERT INTO event (round_id, number, at_ms, event)
         SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3 FROM event WHERE round_id = ?1`,
        roundId,
        atMs,
        encodeEvent(event),
      );
    },
    *journal(roundId) {
      const last = db.first('SELECT coalesce(max(number), 0) AS last FROM event WHERE round_id = ?', roundId);
      const count = last === undefined ? 0 : column.integer(last, 'last');
      for (let number = 1; number <= count; number++) yield entryAt(db, roundId, number);
    },
    close(roundId, result, closedAtMs) {
      const bytes = encodeClosedRounds([result]);
      db.run('UPDATE round SET result = ?, closed_at_ms = ? WHERE id = ?', bytes, closedAtMs, roundId);
    },
  };
}

/** One at a time, so that a long journal is not in memory at once. */
function entryAt(db: Database, roundId: number, number: number): JournalEntry {
  const row = db.first('SELECT event, at_ms FROM event WHERE round_id = ? AND number = ?', roundId, number);
  if (row === undefined) throw new TransportError('journalDamaged', `journal: event ${number} of a round is missing`);
  try {
    const event = decodeEvent<CoordinatorEvent>(coordinatorEventKinds, column.text(row, 'event'));
    return { event, atMs: column.integer(row, 'at_ms') };
  } catch (cause) {
    throw new TransportError('journalDamaged', `journal: event ${number} of a round cannot be read`, { cause });
  }
}

function storedRound(row: Row): StoredRound {
  return {
    id: column.integer(row, 'id'),
    planId: column.integer(row, 'plan_id'),
    round: column.integer(row, 'round'),
    cohort: column.text(row, 'cohort').split(' ').map(cohortSite),
    modelHash: column.blob(row, 'model_hash'),
    openedAtMs: column.integer(row, 'opened_at_ms'),
    end: roundEnd(row),
  };
}

function cohortSite(name: string): SiteId {
  const id = toSiteId(name);
  if (id !== undefined) return id;
  throw new TransportError('journalDamaged', 'the coordinator’s database: a cohort names no site');
}

function roundEnd(row: Row): StoredRound['end'] {
  const bytes = column.orNull(row, 'result', column.blob);
  if (bytes === null) return null;
  const [result] = decodeClosedRounds(bytes);
  if (result === undefined)
    throw new TransportError('journalDamaged', 'the coordinator’s database: a round has no end');
  return { result, closedAtMs: column.integer(row, 'closed_at_ms') };
}
