/** Chunks on their way up, until the coordinator has all of them: asks which are there, sends the rest, after losses again. @module */
import { backOff } from './backoff.ts';

/** What is sent in chunks, and how. */
export interface Chunked {
  readonly count: number;
  /** Indices of the chunks that the coordinator has. */
  readonly present: () => Promise<readonly number[]>;
  /** Sends these chunks, of which there may be none; how many are there then. */
  readonly send: (missing: readonly number[]) => Promise<number>;
  /** Whether sending again may help after this error. */
  readonly mayHelp: (error: unknown) => boolean;
  /** Whether anybody still waits for them. */
  readonly wanted?: () => boolean;
}

/** Ends when all are there, nobody waits for them or the signal aborts. @throws what `present` and `send` throw, but what `mayHelp`. */
export async function sendChunks(chunked: Chunked, signal: AbortSignal): Promise<void> {
  const { count, mayHelp, wanted = () => true } = chunked;
  for (let attempt = 0; wanted() && !signal.aborted; attempt++) {
    try {
      if ((await sendMissing(chunked)) === count) return;
    } catch (error) {
      if (!mayHelp(error)) throw error;
    }
    await backOff(attempt, signal);
  }
}

async function sendMissing({ count, present, send }: Chunked): Promise<number> {
  const there = new Set(await present());
  return send(Array.from({ length: count }, (_, i) => i).filter((index) => !there.has(index)));
}
