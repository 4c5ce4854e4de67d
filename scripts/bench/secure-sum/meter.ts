/** Where the time of a round goes, by the clock: asking for CPU time thousands of times would cost more than the work. */

export type Stage = 'quantise' | 'mask' | 'encrypt and pack' | 'hash' | 'verify' | 'sum' | 'open' | 'dequantise';

/** Adds up the time of what it is given. */
export class Meter {
  readonly #milliseconds = new Map<Stage, number>();

  measure<T>(stage: Stage, work: () => T): T {
    const before = performance.now();
    try {
      return work();
    } finally {
      this.#milliseconds.set(stage, (this.#milliseconds.get(stage) ?? 0) + performance.now() - before);
    }
  }

  /** By stage, in the order in which each was first met. */
  get milliseconds(): ReadonlyMap<Stage, number> {
    return this.#milliseconds;
  }
}
