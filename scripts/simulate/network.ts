/**
 * The wire: a connection for each site, on which packets keep their order and arrive after a while, or, with the
 * connection, not at all. What was lost is said again on the next connection: that is the protocol's own affair.
 */
import type { SiteId } from '#shared/util/ids';
import type { Faults } from './faults.ts';
import type { Draws } from './draws.ts';
import type { Timeline } from './timeline.ts';
import type { Way } from './types.ts';

/** The two ends of a connection. */
export interface Ends {
  /** Whether a connection can be made now: both programs run. */
  readonly ready: () => boolean;
  readonly opened: () => void;
  readonly closed: () => void;
}

/** Milliseconds of a packet on its way, of a wait before the next try to connect. */
const latency = { least: 5, most: 40 };
const reconnect = { least: 50, most: 800 };

export class Link {
  readonly #site: SiteId;
  readonly #timeline: Timeline;
  readonly #draws: Draws;
  readonly #faults: Faults;
  readonly #ends: Ends;
  readonly #sent: Record<Way, number> = { up: 0, down: 0 };
  readonly #lastMs: Record<Way, number> = { up: 0, down: 0 };
  /** Counts connections; what was sent in one arrives in no other. */
  #epoch = 0;
  #isOpen = false;
  #tries = 0;
  #isStopped = false;

  constructor(site: SiteId, timeline: Timeline, draws: Draws, faults: Faults, ends: Ends) {
    this.#site = site;
    this.#timeline = timeline;
    this.#draws = draws;
    this.#faults = faults;
    this.#ends = ends;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Connects after a while, again and again until it succeeds. */
  connect(atLeastMs = 0): void {
    this.#tries += 1;
    const drawnMs = this.#draws.between(reconnect.least, reconnect.most, 'reconnect', this.#site, this.#tries);
    const waitMs = atLeastMs + drawnMs;
    const epoch = this.#epoch;
    this.#timeline.after(waitMs, () => {
      if (this.#isOpen || this.#isStopped || epoch !== this.#epoch) return;
      if (!this.#ends.ready() || this.#faults.isCutOff(this.#site, this.#timeline.nowMs)) {
        this.connect();
        return;
      }
      this.#isOpen = true;
      this.#ends.opened();
    });
  }

  /** The connection is gone, and made anew, after this time at the earliest. */
  cut(forMs = 0): void {
    if (this.#isStopped) return;
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    this.#epoch += 1;
    if (wasOpen) this.#ends.closed();
    this.connect(forMs);
  }

  /** No connection any more. */
  stop(): void {
    this.#isStopped = true;
    this.#isOpen = false;
    this.#epoch += 1;
  }

  /** One packet; without a connection it is lost. */
  send(way: Way, arrive: () => void): void {
    if (!this.#isOpen) return;
    this.#sent[way] += 1;
    const nth = this.#sent[way];
    const now = this.#timeline.nowMs;
    const drawnMs = this.#draws.between(latency.least, latency.most, 'latency', this.#site, way, nth);
    const fault = this.#faults.ofPacket(this.#site, way, nth);
    if (fault?.op === 'lose' || this.#faults.isCutOff(this.#site, now)) {
      this.cut(fault?.op === 'lose' ? fault.ms : 0);
      return;
    }
    if (fault?.op === 'delay') {
      this.#timeline.after(drawnMs + fault.ms, () => {
        if (this.#isStopped) return;
        arrive();
        this.cut();
      });
      return;
    }
    if (fault?.op === 'duplicate') {
      this.#timeline.after(drawnMs + fault.ms, () => {
        if (!this.#isStopped) arrive();
      });
    }
    const epoch = this.#epoch;
    const atMs = Math.max(now + drawnMs, this.#lastMs[way]);
    this.#lastMs[way] = atMs;
    this.#timeline.at(atMs, () => {
      if (epoch !== this.#epoch) return;
      if (this.#faults.isCutOff(this.#site, this.#timeline.nowMs)) this.cut();
      else arrive();
    });
  }
}
