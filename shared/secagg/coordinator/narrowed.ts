/** The coordinator's states and events, narrowed to those that a function is for. @module */
import type { CoordinatorEvent, CoordinatorState } from '../types.ts';

/** The state in one of these phases. */
export type In<P extends CoordinatorState['phase']> = Extract<CoordinatorState, { phase: P }>;
/** An event of one of these kinds. */
export type Event<K extends CoordinatorEvent['kind']> = Extract<CoordinatorEvent, { kind: K }>;
