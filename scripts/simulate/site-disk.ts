/**
 * A site's disk: a folder for each round with its journal, its contribution and its uploads, and the model. A record of
 * a journal is a line with a checksum, as the program writes it; one that was being written when the program died may be
 * there, be torn or be missing.
 */
import { decodeEvent, encodeEvent } from '#shared/codec/event-json';
import { nodeCrypto } from '#shared/crypto/node';
import { siteEventKinds } from '#shared/secagg/event-kinds';
import type { RoundClosed, RoundOpened, SiteEvent } from '#shared/secagg/types';
import { toHex, utf8 } from '#shared/util/bytes';
import type { Steps } from './steps.ts';
import type { Keeps } from './types.ts';

export interface Model {
  readonly round: number;
  readonly hash: Uint8Array;
}

export class RoundFolder {
  readonly opened: RoundOpened;
  readonly uploads = new Map<number, readonly Uint8Array[]>();
  contribution: Uint32Array | undefined;
  closed: RoundClosed | undefined;
  /** Flushed. */
  #events: SiteEvent[] = [];
  /** Written to the file, and lost with the program. */
  #unflushed: SiteEvent[] = [];
  #keeps: Keeps = 'lost';

  constructor(opened: RoundOpened) {
    this.opened = opened;
  }

  /** The same folder, for a program of its own. */
  copy(): RoundFolder {
    const copy = new RoundFolder(this.opened);
    for (const [attempt, chunks] of this.uploads) copy.uploads.set(attempt, chunks);
    copy.contribution = this.contribution;
    copy.closed = this.closed;
    copy.#events = [...this.#events];
    return copy;
  }

  /** The events that are on disk. */
  get events(): readonly SiteEvent[] {
    return this.#events;
  }

  append(steps: Steps, event: SiteEvent, flushes = true): void {
    steps.take();
    this.#unflushed.push(event);
    if (!flushes) return;
    steps.take((keeps) => {
      this.#keeps = keeps;
    });
    this.#events.push(...this.#unflushed);
    this.#unflushed = [];
  }

  /** What is there when the program starts again: every whole record. */
  recover(): readonly SiteEvent[] {
    const whole = this.#events.map(recordOf).join('');
    const [last = ''] = this.#unflushed.slice(-1).map(recordOf);
    const tail = { written: last, lost: '', torn: last.slice(0, Math.floor(last.length / 2)) }[this.#keeps];
    this.#unflushed = [];
    this.#keeps = 'lost';
    this.#events = recordsIn(whole + tail);
    return this.#events;
  }

  /** Secrets go when the round is over. */
  erase(): void {
    this.#events = [];
    this.contribution = undefined;
    this.uploads.clear();
  }
}

export class SiteDisk {
  model: Model;
  readonly candidates = new Map<number, Model>();
  readonly rounds = new Map<number, RoundFolder>();

  constructor(model: Model) {
    this.model = model;
  }

  /** The same disk for a program of its own, or one that has not seen the last round. */
  copy(rewound: boolean): SiteDisk {
    const copy = new SiteDisk(this.model);
    for (const [round, model] of this.candidates) copy.candidates.set(round, model);
    for (const [round, folder] of this.rounds) {
      if (!rewound || round !== this.lastRound) copy.rounds.set(round, folder.copy());
    }
    return copy;
  }

  get lastRound(): number {
    return Math.max(0, ...this.rounds.keys());
  }
}

function recordOf(event: SiteEvent): string {
  const text = encodeEvent(event);
  return `${checksum(text)} ${text}\n`;
}

function recordsIn(text: string): SiteEvent[] {
  const lines = text.split('\n');
  const whole = lines.filter((line) => line.startsWith(`${checksum(line.slice(17))} `));
  return whole.map((line) => decodeEvent<SiteEvent>(siteEventKinds, line.slice(17)));
}

function checksum(text: string): string {
  return toHex(nodeCrypto.sha256(utf8(text))).slice(0, 16);
}
