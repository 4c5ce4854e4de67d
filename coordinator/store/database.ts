/**
 * The coordinator's one database file: SQLite in WAL mode, every transaction flushed to the disk before it counts, and
 * held by one process.
 */
import { DatabaseSync } from 'node:sqlite';
import type { SQLOutputValue, StatementSync } from 'node:sqlite';
import { TransportError } from '#shared/errors';
import { diskError, writing } from './disk-error.ts';
import { migrations } from './schema.ts';

/** A row as SQLite gives it. */
export type Row = Record<string, SQLOutputValue>;

/** The database and the name by which errors call it. */
export interface Database {
  /** The rows of a query. */
  all(sql: string, ...values: readonly SqlValue[]): readonly Row[];
  /** The first row of a query. */
  first(sql: string, ...values: readonly SqlValue[]): Row | undefined;
  /** Runs one statement, flushed when it returns. @throws TransportError (diskFull, unavailable). */
  run(sql: string, ...values: readonly SqlValue[]): void;
  /** Runs all of `work` or nothing of it. @throws TransportError (diskFull, unavailable). */
  transaction<T>(work: () => T): T;
  close(): void;
}
export type SqlValue = string | number | Uint8Array | null;

/**
 * The database of a file, made when there is none.
 *
 * @throws TransportError (unavailable) if another coordinator holds it or a newer program wrote it, (diskFull).
 */
export function openDatabase(path: string): Database {
  const db = writing(path, () => new DatabaseSync(path));
  try {
    prepare(db, path);
  } catch (error) {
    db.close();
    throw isBusy(error) ? busy(path) : diskError(error, path);
  }
  return wrap(db, path);
}

function prepare(db: DatabaseSync, path: string): void {
  db.exec(
    'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON',
  );
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (version > migrations.length) {
    throw new TransportError('unavailable', `${path}: was written by a newer version of Consilium; start that one`);
  }
  if (version < migrations.length) {
    const missing = migrations.slice(version).join(';');
    db.exec(`BEGIN IMMEDIATE; ${missing}; PRAGMA user_version = ${migrations.length}; COMMIT`);
  }
  db.exec('BEGIN IMMEDIATE; COMMIT'); // takes the lock now, so that a second coordinator fails at its start
}

function wrap(db: DatabaseSync, path: string): Database {
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const statement = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    all: (sql, ...values) => prepared(sql).all(...values),
    first: (sql, ...values) => prepared(sql).get(...values),
    run(sql, ...values) {
      writing(path, () => prepared(sql).run(...values));
    },
    transaction(work) {
      return writing(path, () => inTransaction(db, work));
    },
    close() {
      db.close();
    },
  };
}

function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function busy(path: string): TransportError {
  return new TransportError('unavailable', `${path}: another coordinator runs on this folder; stop it first`);
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && (error as { errcode?: unknown }).errcode === 5; // SQLITE_BUSY
}
