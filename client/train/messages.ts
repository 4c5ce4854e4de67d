/** What the trainer and its worker say to each other. Vectors are transferred, not copied. @module */
import type { Split } from '#client/data/types';
import type { ErrorCode } from '#shared/errors';
import type { EngineName } from '#client/engine/types';
import type { Figures, MethodReport } from '#client/evaluate/types';
import type { Measure } from '#client/methods/types';
import type { DataSummary, LocalRound, LocalRun, ProgramDescription, Progress, StartingPoint } from './types.ts';

/** One call; the worker answers them in turn. */
export type Call =
  | { readonly kind: 'trainRound'; readonly start: StartingPoint; readonly round: number; readonly evaluate: boolean }
  | { readonly kind: 'figures'; readonly counts: readonly number[] }
  | { readonly kind: 'trainAlone' }
  | { readonly kind: 'evaluate'; readonly start: StartingPoint; readonly split: Split }
  | { readonly kind: 'close' };

/** What the worker says once it is ready. */
export interface Opened {
  readonly program: ProgramDescription;
  readonly measures: readonly Measure[];
  readonly data: DataSummary;
  readonly engine: EngineName;
}

/** An error as it crosses the thread: its class by name. */
export interface CarriedError {
  readonly name: string;
  readonly code: ErrorCode | undefined;
  readonly message: string;
}

/** What the worker says. */
export type Answer =
  | { readonly kind: 'opened'; readonly value: Opened }
  | { readonly kind: 'progress'; readonly value: Progress }
  | { readonly kind: 'result'; readonly value: LocalRound | LocalRun | MethodReport | Figures | null }
  | { readonly kind: 'failed'; readonly error: CarriedError };
