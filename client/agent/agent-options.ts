/** How an agent is run. @module */
import type { Logger } from 'pino';
import type { EngineChoice } from '#client/engine/types';
import type { Tell } from './progress.ts';

export interface AgentOptions {
  readonly dir: string;
  /** A `pairs.csv`. */
  readonly data: string;
  /** The folder of the files that the plan names. */
  readonly files?: string | undefined;
  /** The hospital's own program that makes statements of reports. No plan can name one. */
  readonly summariser?: string | undefined;
  readonly engine: EngineChoice;
  readonly threads: number;
  /** Of batches and rounding; drawn once and kept when it is not given. Keys and masks never come from it. */
  readonly seed: number | undefined;
  /** For comparison in tests only. Nothing but the caller can ask for it. */
  readonly noMasks: boolean;
  readonly untilDone: boolean;
  readonly tell: Tell;
  readonly diagnostics: Logger;
  readonly signal: AbortSignal;
}
