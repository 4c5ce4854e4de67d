/** A column of a row as the type that the schema gives it. */
import { TransportError } from '#shared/errors';
import { toSiteId } from '#shared/util/ids';
import type { SiteId } from '#shared/util/ids';
import type { Row } from './database.ts';

/** A copy of a blob. @throws TransportError (journalDamaged) as all of these, if the column holds something else. */
export function blob(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return new Uint8Array(value);
  throw damaged(column);
}

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw damaged(column);
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number') return value;
  throw damaged(column);
}

export function site(row: Row, column: string): SiteId {
  const id = toSiteId(text(row, column));
  if (id !== undefined) return id;
  throw damaged(column);
}

/** `read`, or `null` where the column is empty. */
export function orNull<T>(row: Row, column: string, read: (row: Row, column: string) => T): T | null {
  return row[column] === null ? null : read(row, column);
}

function damaged(column: string): TransportError {
  return new TransportError(
    'journalDamaged',
    `the coordinator's database: column ${column} does not hold what it should`,
  );
}
