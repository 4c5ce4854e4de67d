/** The best of a stream of scores. @module */

/** A place and how well it fits. */
export interface Hit {
  readonly row: number;
  readonly score: number;
}

/** Keeps the `k` greatest scores that it is shown; of equal ones those that came first. */
export class TopK {
  readonly #k: number;
  readonly #hits: Hit[] = [];
  /** A score must be greater than this to be kept. */
  bar = -Infinity;

  constructor(k: number) {
    this.#k = k;
  }

  add(row: number, score: number): void {
    if (!(score > this.bar)) return;
    let at = this.#hits.length;
    while (at > 0 && this.#hits[at - 1]!.score < score) at--;
    this.#hits.splice(at, 0, { row, score });
    if (this.#hits.length > this.#k) this.#hits.pop();
    if (this.#hits.length === this.#k) this.bar = this.#hits[this.#k - 1]!.score;
  }

  /** The best first. */
  get hits(): readonly Hit[] {
    return this.#hits;
  }
}
