/** Live progress on standard error: one line for every round, on a terminal one line that changes. */

export interface Say {
  /** A step that began or ended. */
  step(text: string): void;
  /** The state of the rounds; overwritten by the next on a terminal. */
  live(text: string): void;
  /** What `live` said last stays. */
  settle(): void;
}

/** Where progress goes: nowhere when quiet, plain lines where there is no terminal. */
export function progressTo(stream: NodeJS.WriteStream, quiet: boolean): Say {
  if (quiet) return { step: () => undefined, live: () => undefined, settle: () => undefined };
  let open = false;
  const settle = (): void => {
    if (open) stream.write('\n');
    open = false;
  };
  return {
    step: (text) => {
      settle();
      stream.write(`${text}\n`);
    },
    live: (text) => {
      if (!stream.isTTY) return;
      stream.write(`\r\u001b[2K${text.slice(0, stream.columns - 1)}`);
      open = true;
    },
    settle,
  };
}

interface SiteState {
  phase: string;
  lossNats: number | undefined;
  round: number;
}

/** What the sites say of themselves, put together: the round, its phase, each site's loss, and the time left. */
export class RoundsView {
  readonly #sites: Map<string, SiteState>;
  readonly #rounds: number;
  readonly #began = performance.now();
  #closed = 0;

  constructor(sites: readonly string[], rounds: number) {
    this.#sites = new Map(sites.map((site) => [site, { phase: 'waiting', lossNats: undefined, round: 0 }]));
    this.#rounds = rounds;
  }

  phase(site: string, round: number, phase: string): void {
    Object.assign(this.#of(site), { phase, round });
  }

  trained(site: string, lossNats: number): void {
    this.#of(site).lossNats = lossNats;
  }

  /** Whether this was the first site to say that the round is closed. */
  closed(round: number): boolean {
    if (round <= this.#closed) return false;
    this.#closed = round;
    return true;
  }

  /** `round 7/25  masking  north 2.31  south 2.40  west 2.20  21 s left`. */
  toString(): string {
    const round = Math.max(...[...this.#sites.values()].map((site) => site.round));
    const phases = new Set([...this.#sites.values()].map((site) => site.phase));
    const losses = [...this.#sites].map(([name, { lossNats }]) => `${name} ${lossNats?.toFixed(2) ?? '-'}`);
    return [`round ${round}/${this.#rounds}`, [...phases].join(','), ...losses, this.#left()].join('  ');
  }

  #left(): string {
    if (this.#closed === 0) return '';
    const seconds = ((performance.now() - this.#began) / 1000 / this.#closed) * (this.#rounds - this.#closed);
    return `${Math.ceil(seconds)} s left`;
  }

  #of(site: string): SiteState {
    const state = this.#sites.get(site);
    if (state === undefined) throw new Error(`no site is called ${site}`);
    return state;
  }
}
