/** Waiting between attempts: exponential with full jitter, so that sites do not come back all at once. @module */
import { setTimeout as sleep } from 'node:timers/promises';

/** Longest wait of the first attempt, and of any. */
const firstMs = 200;
const longestMs = 10_000;

/** A wait drawn from [0, min(longest, first · 2^attempt)]. `uniform` in [0, 1). */
export function jitteredMs(attempt: number, uniform: number): number {
  return uniform * Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 20));
}

/** Waits before attempt `attempt` (from 0). Ends early, without an error, when `signal` aborts. */
export async function backOff(attempt: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(jitteredMs(attempt, Math.random()), undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
