/**
 * The coordinator in one round, as a fold over the journal: every event ends up here, and nothing below knows
 * network, clock or disk. Messages are taken in `messages`, phases open and close in `closings`. The table of
 * phases and messages is in proto/spec/secure-sum.md.
 *
 * @module
 */
import type { Crypto } from '../../crypto/types.ts';
import { unreachable } from '../../util/unreachable.ts';
import {
  closeAdvertiseKeys,
  closeConfirmSurvivors,
  closeMaskedInput,
  closeShareKeys,
  openAttempt,
  startDeadline,
} from './closings.ts';
import { stay } from './answers.ts';
import { fail } from './ends.ts';
import { received } from './messages.ts';
import { sendAll, sendGreeting } from './requests.ts';
import type { Coordinator } from './requests.ts';
import { closeUnmask, publish, sumUploads, takeOffMasks } from './sum.ts';
import { unfinishedUploads, uploadCompleted, uploadMismatched } from './uploads.ts';
import { openRound } from '../round-opened.ts';
import type {
  CoordinatorEffect,
  CoordinatorEvent,
  CoordinatorRoundConfig,
  CoordinatorState,
  CoordinatorStep,
} from '../types.ts';
import type { Event } from './narrowed.ts';

/** A round before its first event, `opened`. */
export function initialCoordinatorState(): CoordinatorState {
  return { phase: 'idle' };
}

/** The state after `event` and what is to be done for it. Nothing a site sends can make this throw. */
export function coordinatorStep(
  config: CoordinatorRoundConfig,
  state: CoordinatorState,
  event: CoordinatorEvent,
  crypto: Crypto,
): CoordinatorStep {
  const at: Coordinator = { config, crypto };
  switch (event.kind) {
    case 'opened':
      return state.phase === 'idle' ? openTraining(at) : stay(state);
    case 'received':
      return received(at, state, event);
    case 'uploadCompleted':
      return uploadCompleted(at, state, event);
    case 'uploadMismatched':
      return uploadMismatched(state, event);
    case 'connected':
      return { state, effects: sendGreeting(at, state, event.site) };
    case 'restarted':
      return { state, effects: unfinished(state) };
    case 'deadline':
      return deadline(at, state, event);
    case 'sharesCombined':
      return state.phase === 'combining' ? takeOffMasks(at, state, event.secrets) : stay(state);
    case 'aggregateSummed':
      return state.phase === 'summing' ? publish(at, state, event) : stay(state);
    case 'cancelled':
      return state.phase === 'closed' ? stay(state) : fail(at, state, 'cancelled');
    default:
      return unreachable(event);
  }
}

/** > roundOpened, signed and logged, fixes the roster, the key epoch and the cohort. Then sites train, for hours. */
function openTraining(at: Coordinator): CoordinatorStep {
  return {
    state: { phase: 'training', ready: new Set(), refused: new Set(), leftOut: new Set(), culprits: [] },
    effects: [...sendAll(at.config.binding.cohort, openRound(at.config, at.crypto)), startDeadline('training', 0)],
  };
}

/** Each phase has a deadline, which is an event; one of another attempt or phase is late and means nothing. */
function deadline(at: Coordinator, state: CoordinatorState, event: Event<'deadline'>): CoordinatorStep {
  if (!isCurrent(state, event)) return stay(state);
  switch (state.phase) {
    case 'training':
      return openAttempt(at, state, 0);
    case 'advertiseKeys':
      return closeAdvertiseKeys(at, state);
    case 'shareKeys':
      return closeShareKeys(at, state);
    case 'maskedInput':
      return closeMaskedInput(at, state);
    case 'confirmSurvivors':
      return closeConfirmSurvivors(at, state);
    case 'unmask':
      return closeUnmask(at, state) ?? fail(at, state, 'tooFewShares');
    case 'modelSignatures':
      return fail(at, state, 'votedDown');
    case 'idle':
    case 'combining':
    case 'summing':
    case 'closed':
      return stay(state);
    default:
      return unreachable(state);
  }
}

function isCurrent(state: CoordinatorState, { attempt, phase }: Event<'deadline'>): boolean {
  return state.phase === phase && attempt === attemptOf(state);
}

/** The attempt that a deadline of this phase carries; training comes before the first. */
function attemptOf(state: CoordinatorState): number {
  if ('attempt' in state) return state.attempt;
  return state.phase === 'modelSignatures' ? state.published.attempt : 0;
}

/** What the driver had in hand when it stopped: a deadline, uploads on their way, shares to combine, a sum. */
function unfinished(state: CoordinatorState): readonly CoordinatorEffect[] {
  switch (state.phase) {
    case 'training':
    case 'advertiseKeys':
    case 'shareKeys':
    case 'confirmSurvivors':
    case 'unmask':
    case 'modelSignatures':
      return [startDeadline(state.phase, attemptOf(state))];
    case 'maskedInput':
      return [startDeadline(state.phase, state.attempt), ...unfinishedUploads(state)];
    case 'combining':
      return [{ kind: 'combineShares', requests: state.requests }];
    case 'summing':
      return [sumUploads(state)];
    case 'closed':
      return [{ kind: 'roundEnded', closed: state.closed }];
    case 'idle':
      return [];
    default:
      return unreachable(state);
  }
}
