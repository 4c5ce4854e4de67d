/**
 * The coordinator in one round, as a fold over the journal: everything that moves it is in this file, and this file
 * knows neither network, clock nor disk. Source: proto/spec/secure-sum.md, section 5.
 *
 * @module
 */
import type { Crypto } from '../crypto/types.ts';
import type { CoordinatorEvent, CoordinatorRoundConfig, CoordinatorState, CoordinatorStep } from './types.ts';

/** A round before its first event, `opened`. */
export function initialCoordinatorState(): CoordinatorState {
  return { phase: 'idle' };
}

/** The state after `event` and what is to be done for it. Nothing a site sends can make this throw. */
export function coordinatorStep(
  _config: CoordinatorRoundConfig,
  state: CoordinatorState,
  _event: CoordinatorEvent,
  _crypto: Crypto,
): CoordinatorStep {
  return { state, effects: [] };
}
