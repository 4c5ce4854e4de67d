/**
 * A thread with a SEAL of its own, made when it is needed and gone when it has been idle for a while. After any failure in
 * it, and when a task takes too long, it is thrown away: malformed bytes may have left anything in its memory.
 */
import { Piscina } from 'piscina';
import { TransportError } from '#shared/errors';
import { collectWhole } from '../store/garbage.ts';
import type { SummedPart } from './chunk-tasks.ts';

/** Chunks on disk to be added. */
export interface SealTask extends SummedPart {
  readonly paths: readonly string[];
}

/** How a task ended: the sum, a chunk that is not well formed, or a SEAL that failed. */
export type SealOutcome =
  { readonly kind: 'done'; readonly bytes: Uint8Array } | { readonly kind: 'malformed' } | { readonly kind: 'failed' };

const idleMs = 10_000;
/** For each chunk; one takes some 10 ms. */
const chunkLimitMs = 30_000;

/** Tasks are done one after the other. */
export class SealThread {
  readonly #limitMs: number;
  #pool: Piscina<SealTask, SealOutcome> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** `limitMs` is for each chunk. */
  constructor(limitMs = chunkLimitMs) {
    this.#limitMs = limitMs;
  }

  /**
   * The outcome; a task that fails or takes too long is done once more, in a fresh thread.
   *
   * @throws what the second thread throws; TransportError (deadline) if it takes too long.
   */
  async run(task: SealTask): Promise<SealOutcome> {
    const outcome = this.#turn.then(() => this.#twice(task));
    this.#turn = outcome.catch(() => undefined);
    return outcome;
  }

  async #twice(task: SealTask): Promise<SealOutcome> {
    const first = await this.#once(task).catch(() => undefined);
    if (first !== undefined && first.kind !== 'failed') return first;
    return this.#once(task);
  }

  async #once(task: SealTask): Promise<SealOutcome> {
    const pool = (this.#pool ??= onePiscina());
    const signal = AbortSignal.timeout((task.paths.length + 1) * this.#limitMs);
    try {
      const outcome = await pool.run(task, { signal });
      if (outcome.kind === 'failed') this.#discard(pool);
      return outcome;
    } catch (cause) {
      this.#discard(pool);
      if (!signal.aborted) throw cause;
      throw new TransportError('deadline', `work on a chunk was not done within ${this.#limitMs / 1000} s`, { cause });
    }
  }

  #discard(pool: Piscina<SealTask, SealOutcome>): void {
    if (this.#pool === pool) this.#pool = undefined;
    pool.destroy().catch(() => undefined); // its thread is gone either way
  }
}

/** SEAL takes some 40 MB; the uploads of a few sites have not made anybody collect what starting and receiving left. */
function onePiscina(): Piscina<SealTask, SealOutcome> {
  collectWhole();
  const filename = import.meta.resolve('#coordinator/aggregate/seal-worker');
  return new Piscina({ filename, minThreads: 0, maxThreads: 1, idleTimeout: idleMs });
}
