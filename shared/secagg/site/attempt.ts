/**
 * A site in one attempt: what it makes of each message of the coordinator, from the opening to the unmask request. What
 * a message must fulfil is in `checks`, what is answered in `answers`. Source: proto/spec/secure-sum.md,
 * section 5 and its table of phases and messages.
 *
 * @module
 */
import { equalBytes } from '../../util/bytes.ts';
import type { SiteId } from '../../util/ids.ts';
import { unreachable } from '../../util/unreachable.ts';
import { roundOpenedProblem } from '../round-opened.ts';
import { advertise, answerUnmask, askForShares, confirm, takeShares } from './answers.ts';
import {
  closingProblem,
  confirmRequestProblem,
  coordinatorProblem,
  receiptProblem,
  requestedConfirmation,
  routedSharesProblem,
  transcriptOf,
  unmaskRequestProblem,
} from './checks.ts';
import type { Site } from './checks.ts';
import { sameSites } from './sets.ts';
import { again, refuse, stay } from './steps.ts';
import type {
  Advertisements,
  Closing,
  ConfirmRequest,
  Receipt,
  RefusalCode,
  RoundOpened,
  RoutedShares,
  SiteEvent,
  SiteKeyed,
  SiteState,
  SiteStep,
  UnmaskRequest,
} from '../types.ts';

type In<P extends SiteState['phase']> = Extract<SiteState, { phase: P }>;

/** A site keeps to the first opening that it has seen in a round. */
export function roundOpened(site: Site, state: SiteState, message: RoundOpened): SiteStep {
  const problem = roundOpenedProblem(site.config, message, site.crypto);
  return problem === undefined ? stay(state) : refuse(state, message, problem);
}

/** Attempts only go up, and a site that has confirmed joins no other: x enters one confirmed sum, ever. */
export function attemptOpened(site: Site, state: SiteState, event: SiteEvent & { kind: 'attemptOpened' }): SiteStep {
  const { attempt, secrets } = event;
  const message = { kind: 'attemptOpened', round: site.config.binding.round, attempt } as const;
  switch (state.phase) {
    case 'ready':
      return advertise(site, attempt, secrets);
    case 'advertised':
    case 'dealing':
    case 'dealt':
    case 'masking':
    case 'uploading':
      if (attempt > state.attempt) return advertise(site, attempt, secrets);
      if (attempt < state.attempt) return refuse(state, message, 'stale');
      return state.phase === 'advertised' ? again(site, state) : stay(state);
    case 'confirmed':
    case 'unmasked':
      return attempt === state.attempt ? stay(state) : refuse(state, message, 'alreadyConfirmed');
    case 'training':
    case 'folding':
    case 'signed':
    case 'rejected':
    case 'closed':
      return refuse(state, message, 'wrongPhase');
    default:
      return unreachable(state);
  }
}

/** Phase 0. */
export function advertisements(site: Site, state: SiteState, message: Advertisements): SiteStep {
  if (state.phase === 'advertised') {
    const checked = transcriptOf(site, state, message);
    if ('problem' in checked) return refuse(state, message, checked.problem);
    return askForShares(site, state, checked.transcript, message);
  }
  if (!('transcript' in state)) return refuse(state, message, 'wrongPhase');
  const problem = otherClosing(site, state, 'advertiseKeys', [...state.u1.keys()], message.closing);
  if (problem !== undefined) return refuse(state, message, problem);
  return state.phase === 'dealt' ? again(site, state) : stay(state);
}

/** Phase 1. */
export function routedShares(site: Site, state: SiteState, message: RoutedShares): SiteStep {
  if (state.phase === 'dealt') {
    const problem = routedSharesProblem(site, state, message);
    return problem === undefined ? takeShares(site, state, message) : refuse(state, message, problem);
  }
  if (!('u2' in state)) return refuse(state, message, 'wrongPhase');
  const problem = otherClosing(site, state, 'shareKeys', state.u2, message.closing);
  if (problem !== undefined) return refuse(state, message, problem);
  return state.phase === 'uploading' ? again(site, state) : stay(state);
}

/** A phase is closed once: what is wrong when a closing of it comes again, unless it is the same one. */
function otherClosing(
  site: Site,
  state: SiteKeyed,
  phase: Closing['phase'],
  sites: readonly SiteId[],
  closing: Closing,
): RefusalCode | undefined {
  const problem = closingProblem(site, state, phase, closing);
  if (problem !== undefined) return problem === 'transcriptMismatch' ? 'secondMessage' : problem;
  return sameSites(closing.sites, sites) ? undefined : 'secondMessage';
}

/** Phase 2. The receipt is kept: it is the proof that this site must not be left out. */
export function receipt(site: Site, state: SiteState, message: Receipt): SiteStep {
  if (!('upload' in state)) return refuse(state, message, 'wrongPhase');
  const problem = receiptProblem(site, state, message);
  if (problem !== undefined) return refuse(state, message, problem);
  return stay(state.receipt === null ? { ...state, receipt: message } : state);
}

/** Phase 3. */
export function confirmRequest(site: Site, state: SiteState, message: ConfirmRequest): SiteStep {
  if (!('upload' in state)) return refuse(state, message, 'wrongPhase');
  if (state.phase !== 'uploading') return confirmedBefore(site, state, message);
  const problem = confirmRequestProblem(site, state, message);
  if (problem !== undefined) return refuse(state, message, problem);
  const confirmed = confirm(site, state, message);
  return {
    state: { ...confirmed, phase: 'confirmed' },
    effects: [{ kind: 'send', message: confirmed.confirmation }],
  };
}

function confirmedBefore(site: Site, state: In<'confirmed' | 'unmasked'>, message: ConfirmRequest): SiteStep {
  const { closing } = message;
  const problem = coordinatorProblem(site, state.context, { type: 'closing', ...closing }, closing);
  if (problem === 'badSignature') return refuse(state, message, problem);
  const { confirmation } = state.confirmation;
  const same = equalBytes(requestedConfirmation(state, message), confirmation) && sameSites(closing.sites, state.u3);
  if (problem !== undefined || !same) return refuse(state, message, 'alreadyConfirmed');
  return { state, effects: [{ kind: 'send', message: state.confirmation }] };
}

/** Phase 4. A site that had not confirmed has confirmed by answering. */
export function unmaskRequest(site: Site, state: SiteState, message: UnmaskRequest): SiteStep {
  if (!('upload' in state)) return refuse(state, message, 'wrongPhase');
  const forged = coordinatorProblem(site, state.context, { type: 'unmaskRequest', ...message }, message);
  if (forged === 'badSignature') return refuse(state, message, forged);
  if (state.phase === 'unmasked') {
    return forged === undefined ? unmaskedBefore(state, message) : refuse(state, message, 'alreadyUnmasked');
  }
  const confirmed = state.phase === 'confirmed' ? state.confirmation.confirmation : undefined;
  if (forged !== undefined) return refuse(state, message, confirmed === undefined ? forged : 'alreadyConfirmed');
  const problem = unmaskRequestProblem(site, state, confirmed, message);
  if (problem !== undefined) return refuse(state, message, problem);
  return answerUnmask(site, state.phase === 'confirmed' ? state : confirm(site, state, message));
}

/** > A repeated request for the same U3 gets the same bytes again; any other is refused as `alreadyUnmasked`. */
function unmaskedBefore(state: In<'unmasked'>, message: UnmaskRequest): SiteStep {
  if (!equalBytes(message.confirmationHash, state.answer.confirmationHash)) {
    return refuse(state, message, 'alreadyUnmasked');
  }
  return { state, effects: [{ kind: 'send', message: state.answer }] };
}
