/** Time as the coordinator sees it, so that tests move it by hand. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `wake` once, at or after `atMs`; the function that it returns calls it off. */
  at(atMs: number, wake: () => void): () => void;
}

/** Node's timers hold no more than this. */
const longestMs = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  at(atMs, wake) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const leftMs = Math.max(0, atMs - Date.now());
      timer = setTimeout(leftMs > longestMs ? arm : wake, Math.min(leftMs, longestMs));
    };
    arm();
    return () => {
      clearTimeout(timer);
    };
  },
};
