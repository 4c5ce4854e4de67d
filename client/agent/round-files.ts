/**
 * The folder of one round: the journal of its events, the vault with what is secret in them, the contribution and the
 * uploads. A closed round keeps its journal and `closed.json`; its secrets are destroyed.
 *
 * @module
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { decodeEvent, encodeEvent } from '#shared/codec/event-json';
import { DecodeError } from '#shared/errors';
import { siteEventKinds } from '#shared/secagg/event-kinds';
import type { RoundClosed, RoundOpened, SiteEvent } from '#shared/secagg/types';
import { utf8 } from '#shared/util/bytes';
import { isThere, makePrivateFolder, readPrivate, writeWhole } from './disk.ts';
import { Journal } from './journal.ts';
import { Vault } from './vault.ts';

/** A line of the journal: an event as it is, or the name under which the vault has it. */
type Line = SiteEvent | { readonly kind: 'sealed'; readonly name: string };

const kinds: Readonly<Record<Line['kind'], true>> = { ...siteEventKinds, sealed: true };

/** The files of a round that is not closed. */
export class RoundFiles {
  readonly folder: string;
  readonly #journal: Journal;
  readonly #vault: Vault;
  #sealedCount = 0;

  private constructor(folder: string, journal: Journal, vault: Vault) {
    this.folder = folder;
    this.#journal = journal;
    this.#vault = vault;
  }

  /** The folder of a round that begins. */
  static begin(folder: string, opened: RoundOpened): RoundFiles {
    makePrivateFolder(folder);
    const vault = Vault.open(folder);
    const { journal } = Journal.open(join(folder, 'journal'));
    journal.append(encodeEvent(opened));
    return new RoundFiles(folder, journal, vault);
  }

  /**
   * The folder of a round that was begun and not closed, its opening and its events so far; `undefined` when the crash
   * came before the opening was written.
   */
  static resume(
    folder: string,
  ): { readonly files: RoundFiles; readonly opened: RoundOpened; readonly events: readonly SiteEvent[] } | undefined {
    const { journal, records } = Journal.open(join(folder, 'journal'));
    const [first, ...rest] = records;
    if (first === undefined) {
      journal.close();
      return undefined;
    }
    const files = new RoundFiles(folder, journal, Vault.open(folder));
    const opened = decodeEvent<RoundOpened>({ roundOpened: true }, first);
    return { files, opened, events: rest.map((line) => files.#event(line)) };
  }

  /** How the round of a folder ended, if it did. */
  static closed(folder: string): RoundClosed | undefined {
    const bytes = readPrivate(join(folder, 'closed.json'));
    return bytes && decodeEvent<RoundClosed>({ roundClosed: true }, new TextDecoder().decode(bytes));
  }

  /** Writes an event and flushes it; what is secret in it goes to the vault first. */
  append(event: SiteEvent): void {
    if (!isSecret(event)) {
      this.#journal.append(encodeEvent(event));
      return;
    }
    const name = `event-${this.#sealedCount}`;
    this.#vault.put(name, utf8(encodeEvent(event)));
    this.#journal.append(encodeEvent({ kind: 'sealed', name } as Line));
    this.#sealedCount += 1; // as many as the journal has: after a crash they are counted there
  }

  /** The round is over: says how, then destroys its secrets. Doing it again changes nothing. */
  close(closed: RoundClosed): void {
    writeWhole(join(this.folder, 'closed.json'), encodeEvent(closed));
    this.#journal.close();
    eraseSecrets(this.folder);
  }

  #event(line: string): SiteEvent {
    const event = decodeEvent<Line>(kinds, line);
    if (event.kind !== 'sealed') return event;
    this.#sealedCount += 1;
    const text = new TextDecoder().decode(this.#vault.get(event.name));
    return secretEvent(decodeEvent<Line>(kinds, text));
  }
}

/** Keeps an opening that this site refused, which the coordinator signed, under the folder of its plan: one of each round. */
export function keepRefused(planFolder: string, opened: RoundOpened): void {
  writeWhole(join(planFolder, `refused-${opened.round}.json`), encodeEvent(opened));
}

/** Destroys the key of a round's vault, then removes what was sealed under it and the masked uploads. */
export function eraseSecrets(folder: string): void {
  if (Vault.exists(folder)) Vault.open(folder).destroy();
  for (const name of readdirSync(folder)) {
    if (/^(upload-\d+\.bin|.*\.sealed|.*\.tmp)$/.test(name)) rmSync(join(folder, name), { force: true });
  }
}

/** The number of the last round that this site began under a plan, or `undefined`. */
export function lastRound(planFolder: string): number | undefined {
  if (!isThere(planFolder)) return undefined;
  const numbers = readdirSync(planFolder).filter((name) => /^\d+$/.test(name));
  if (numbers.length === 0) return undefined;
  return Math.max(...numbers.map(Number));
}

function secretEvent(line: Line): SiteEvent {
  if (line.kind !== 'sealed') return line;
  throw new DecodeError('badFormat', 'journal: a sealed line names another one');
}

/** Keys, shares, and the boxes that the channel key opens. */
function isSecret(event: SiteEvent): boolean {
  return (
    event.kind === 'attemptOpened' ||
    event.kind === 'sharesDealt' ||
    (event.kind === 'received' && event.message.kind === 'routedShares')
  );
}
