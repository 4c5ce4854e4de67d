/** The steps of one program, at each of which it may be killed: once it is, no step is taken any more. */
import type { Faults } from './faults.ts';
import type { Keeps, Op, Party } from './types.ts';

export type Crash = Extract<Op, { op: 'crash' }>;

/** Thrown to leave whatever a killed program was doing. */
export class Killed extends Error {}

export class Steps {
  readonly #who: Party | 'second';
  readonly #faults: Faults;
  readonly #killed: (crash: Crash) => void;
  #count = 0;
  #isDead = false;

  constructor(who: Party | 'second', faults: Faults, killed: (crash: Crash) => void) {
    this.#who = who;
    this.#faults = faults;
    this.#killed = killed;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** The program is started again: the count goes on. */
  revive(): void {
    this.#isDead = false;
  }

  /** No step any more. */
  end(): void {
    this.#isDead = true;
  }

  /** One step. `writing` is told what the disk keeps of a write that this step is in the middle of. @throws Killed */
  take(writing?: (keeps: Keeps) => void): void {
    if (this.#isDead) throw new Killed();
    this.#count += 1;
    const op = this.#faults.crashAt(this.#who, this.#count);
    if (op === undefined) return;
    writing?.(op.keeps);
    this.#isDead = true;
    this.#killed(op);
    throw new Killed();
  }
}
