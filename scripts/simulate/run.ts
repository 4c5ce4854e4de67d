/** One run of the simulator. */
import { cachingCrypto } from './caching-crypto.ts';
import { Federation } from './federation.ts';
import type { Flaws } from './federation.ts';
import type { Choice, Op, RunResult } from './types.ts';

/** The same choice and the same operations give the same run, to the last bit. */
export async function runOnce(choice: Choice, ops: readonly Op[], flaws: Flaws = {}): Promise<RunResult> {
  return new Federation(choice, ops, cachingCrypto(), flaws).run();
}
