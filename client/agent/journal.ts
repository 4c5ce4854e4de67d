/**
 * An append-only journal: each record is flushed before `append` returns, so before anything that follows from it is
 * sent. A record is one line, `CHECKSUM JSON`, the checksum being the first 16 hex digits of SHA-256 of the JSON. A tail
 * that a crash left half-written is cut when the journal is opened; damage before it is an error, never repaired.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { TransportError } from '#shared/errors';
import { appendWhole, flushFolder, guard, isThere } from './disk.ts';

const newline = 0x0a;

/** A journal that is open for writing; its records are JSON texts without line breaks. */
export class Journal {
  readonly path: string;
  readonly #file: number;

  private constructor(path: string, file: number) {
    this.path = path;
    this.#file = file;
  }

  /**
   * The journal at `path`, made if it is not there, and the records in it.
   *
   * @throws TransportError (journalDamaged) if a record before the last is damaged, (diskFull) if the disk is full.
   */
  static open(path: string): { readonly journal: Journal; readonly records: readonly string[] } {
    const isNew = !isThere(path);
    const file = guard(path, () => openSync(path, 'a+', 0o600));
    if (isNew) flushFolder(dirname(path));
    const { records, length, found } = readRecords(path);
    if (found > length) {
      ftruncateSync(file, length);
      fsyncSync(file);
    }
    return { journal: new Journal(path, file), records };
  }

  /** Writes and flushes one record. @throws TransportError (diskFull); the journal is then as it was. */
  append(record: string): void {
    appendWhole(this.#file, this.path, Buffer.from(`${checksum(record)} ${record}\n`));
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The whole records of a journal file, the length of the part that holds them, and the length that was found. */
function readRecords(path: string): { records: readonly string[]; length: number; found: number } {
  const bytes = readFileSync(path);
  const records: string[] = [];
  let length = 0;
  while (length < bytes.length) {
    const end = bytes.indexOf(newline, length);
    const record = end < 0 ? undefined : whole(bytes.toString('utf8', length, end));
    if (record === undefined) {
      refuseIfMoreFollows(path, bytes.toString('latin1', length + 1), records.length);
      break;
    }
    records.push(record);
    length = end + 1;
  }
  return { records, length, found: bytes.length };
}

/** A damaged last record is what a crash leaves; a whole one after it shows that something else happened. */
function refuseIfMoreFollows(path: string, rest: string, index: number): void {
  for (const { index: at } of rest.matchAll(/[0-9a-f]{16} /g)) {
    const end = rest.indexOf('\n', at);
    if (end < 0 || whole(Buffer.from(rest.slice(at, end), 'latin1').toString('utf8')) === undefined) continue;
    throw new TransportError(
      'journalDamaged',
      `${path}: record ${index + 1} is damaged and others follow: restore the folder, or move it away and sit out this round`,
    );
  }
}

function whole(line: string): string | undefined {
  const record = line.slice(17);
  return line[16] === ' ' && line.startsWith(checksum(record)) ? record : undefined;
}

function checksum(record: string): string {
  return createHash('sha256').update(record).digest('hex').slice(0, 16);
}
