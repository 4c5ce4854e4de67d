/** Lets a few in at a time, one of each owner, in the order in which they came; no turn outlasts its time while others wait. */
import { TransportError } from '#shared/errors';
import type { Clock } from '../round/clock.ts';

/** One's turn, while it lasts. */
export interface Turn {
  /** Asked between two pieces of the work. @throws TransportError (deadline) if the turn is over and somebody waits. */
  goOn(): void;
}
/** How many may be inside, and for how long when others wait. */
export interface TurnstileOptions {
  readonly places: number;
  readonly turnMs: number;
  readonly clock: Pick<Clock, 'now'>;
}

interface Waiting {
  readonly owner: string;
  readonly enter: () => void;
}

export class Turnstile {
  readonly #options: TurnstileOptions;
  readonly #inside = new Set<string>();
  readonly #waiting: Waiting[] = [];

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  /** Runs `work` when it is its turn: there is a place, and its owner has no other. */
  async pass<T>(owner: string, work: (turn: Turn) => Promise<T>): Promise<T> {
    await new Promise<void>((enter) => {
      this.#waiting.push({ owner, enter });
      this.#letIn();
    });
    try {
      return await work(this.#turn());
    } finally {
      this.#inside.delete(owner);
      this.#letIn();
    }
  }

  #turn(): Turn {
    const { clock, turnMs } = this.#options;
    const endsAtMs = clock.now() + turnMs;
    return {
      goOn: () => {
        if (clock.now() < endsAtMs || this.#waiting.every(({ owner }) => this.#inside.has(owner))) return;
        throw new TransportError('deadline', 'others wait for their turn; connect again and go on with the rest');
      },
    };
  }

  #letIn(): void {
    while (this.#inside.size < this.#options.places) {
      const next = this.#waiting.findIndex(({ owner }) => !this.#inside.has(owner));
      const [entry] = next < 0 ? [] : this.#waiting.splice(next, 1);
      if (entry === undefined) return;
      this.#inside.add(entry.owner);
      entry.enter();
    }
  }
}
