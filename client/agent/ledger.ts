/**
 * What left this hospital: one line for every message, written before the message goes. Only ever appended to.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DecodeError } from '#shared/errors';
import { isThere } from './disk.ts';
import { Journal } from './journal.ts';

/** One thing that left. `kind` is that of the message, `maskedInput` for the chunks of an upload. */
export interface LedgerEntry {
  /** ISO 8601, UTC. */
  readonly time: string;
  /** The plan's hash, hex; `null` before there is one. */
  readonly plan: string | null;
  /** `null` outside a round. */
  readonly round: number | null;
  readonly kind: string;
  readonly bytes: number;
}

/** The ledger of a site's folder, open for writing. */
export class Ledger {
  readonly #journal: Journal;

  constructor(dir: string) {
    this.#journal = Journal.open(ledgerPath(dir)).journal;
  }

  /** Writes an entry down and flushes it. */
  record(entry: Omit<LedgerEntry, 'time'>): void {
    const { plan, round, kind, bytes } = entry;
    this.#journal.append(JSON.stringify({ time: new Date().toISOString(), plan, round, kind, bytes }));
  }

  close(): void {
    this.#journal.close();
  }
}

/** Everything that left this hospital so far, the oldest first; also while the agent runs. */
export function readLedger(dir: string): readonly LedgerEntry[] {
  const path = ledgerPath(dir);
  if (!isThere(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line, i) => entryOf(path, line, i));
}

/** The bytes of uploads, and of everything else. */
export function sentBytes(entries: readonly LedgerEntry[]): {
  readonly maskedInputBytes: number;
  readonly otherBytes: number;
} {
  let maskedInputBytes = 0;
  let otherBytes = 0;
  for (const { kind, bytes } of entries) {
    if (kind === 'maskedInput') maskedInputBytes += bytes;
    else otherBytes += bytes;
  }
  return { maskedInputBytes, otherBytes };
}

function entryOf(path: string, line: string, index: number): LedgerEntry {
  try {
    return JSON.parse(line.slice(17)) as LedgerEntry; // written by `record`
  } catch (cause) {
    throw new DecodeError('badFormat', `${path}: line ${index + 1} is no entry of a ledger`, { cause });
  }
}

function ledgerPath(dir: string): string {
  return join(dir, 'ledger.jsonl');
}
