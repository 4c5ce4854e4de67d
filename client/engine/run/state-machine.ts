/** What an engine does for a runner. @module */
import type { HostValues } from '../types.ts';

/** Buffers and a way to step them. Calls never overlap: the runner queues them. */
export interface StateMachine {
  /** One step per batch; the outputs of each. */
  steps(batches: readonly HostValues[]): Promise<HostValues[]>;
  /** Copies. */
  read(names: readonly string[]): Promise<HostValues>;
  write(values: HostValues): Promise<void>;
  dispose(): Promise<void>;
}
