/**
 * The session with the coordinator, kept up: opened again after every loss, after a wait with jitter. What is said while
 * there is no session is dropped, for the machine says again what is outstanding when the next one begins.
 *
 * @module
 */
import type { FromSite, ToSite } from '#shared/wire/types';
import { backOff } from './backoff.ts';
import type { Calls, Session } from './calls.ts';

/** What the agent hears of the link. */
export interface LinkEvents {
  /** A session is open; anything may be sent. */
  opened(): void;
  received(message: ToSite): void;
  /** A session ended, or did not come about. */
  lost(error: Error, wasOpen: boolean): void;
}

/** Keeps one session open until it is stopped. */
export class Link {
  readonly #calls: Calls;
  readonly #events: LinkEvents;
  readonly #stop = new AbortController();
  #session: Session | undefined;

  constructor(calls: Calls, events: LinkEvents) {
    this.#calls = calls;
    this.#events = events;
  }

  /** Opens sessions one after the other. Ends after `stop`. */
  async run(): Promise<void> {
    for (let failures = 0; !this.#stop.signal.aborted;) {
      const wasOpen = await this.#oneSession();
      failures = wasOpen ? 0 : failures + 1;
      await backOff(failures, this.#stop.signal);
    }
  }

  send(message: FromSite, round: number | null): void {
    this.#session?.send(message, round);
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Whether the session of this turn came about, once it is over. */
  async #oneSession(): Promise<boolean> {
    let wasOpen = false;
    let onStop = (): void => undefined;
    await new Promise<void>((resolve) => {
      const session = this.#calls.session({
        opened: () => {
          wasOpen = true;
          this.#session = session;
          this.#events.opened();
        },
        received: (message) => {
          this.#events.received(message);
        },
        ended: (error) => {
          this.#session = undefined;
          if (!this.#stop.signal.aborted) this.#events.lost(error, wasOpen);
          resolve();
        },
      });
      onStop = (): void => {
        session.end();
      };
      this.#stop.signal.addEventListener('abort', onStop);
    });
    this.#stop.signal.removeEventListener('abort', onStop);
    return wasOpen;
  }
}
