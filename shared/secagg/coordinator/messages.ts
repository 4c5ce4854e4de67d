/**
 * What the coordinator makes of a message: who may send it, whether it was said before, and what its phase does with it.
 * Source: proto/spec/secure-sum.md, section 5 and its table of phases and messages.
 *
 * @module
 */
import { unreachable } from '../../util/unreachable.ts';
import { closeAdvertiseKeys, closeConfirmSurvivors, closeShareKeys } from './closings.ts';
import { put, refuse, stay, tooLate } from './answers.ts';
import {
  contextOf,
  firstMessage,
  newAdvertisementProblem,
  newAnswerProblem,
  newConfirmationProblem,
  newKeySharesProblem,
  newReportProblem,
} from './checks.ts';
import { modelSignature, siteReady, siteRefuses } from './cohort.ts';
import { named } from './ends.ts';
import { invited, sendRequest } from './requests.ts';
import type { Coordinator } from './requests.ts';
import { closeUnmask } from './sum.ts';
import { expectUpload, uploadCommitment } from './uploads.ts';
import { isBadAnswer } from './reconstruct.ts';
import { isSameMessage, siteMessageProblem } from '../site/message.ts';
import type { SignedSiteMessage } from '../site/message.ts';
import type {
  Advertisement,
  BadShareReport,
  Confirmation,
  CoordinatorState,
  CoordinatorStep,
  KeyShares,
  UnmaskAnswer,
} from '../types.ts';
import type { Event, In } from './narrowed.ts';

/** The answer to one message; its sender is whom the connection names. */
export function received(
  at: Coordinator,
  state: CoordinatorState,
  { from, message }: Event<'received'>,
): CoordinatorStep {
  if (!at.config.binding.cohort.includes(from)) return refuse(state, from, 'notInCohort', message);
  if (message.site !== from) return refuse(state, from, 'badSignature', message);
  if (message.kind !== 'ready' && message.kind !== 'refusal') return signedMessage(at, state, message);
  if (message.round !== at.config.binding.round) return refuse(state, from, 'wrongRound', message);
  return message.kind === 'ready' ? siteReady(at, state, from) : siteRefuses(at, state, from);
}

/** Signature and context, then whether it was said before, then what the phase makes of it. */
function signedMessage(at: Coordinator, state: CoordinatorState, message: SignedSiteMessage): CoordinatorStep {
  const { site } = message;
  const context = contextOf(at, state);
  if (context === undefined) return refuse(state, site, 'wrongPhase', message);
  const problem = siteMessageProblem(at.crypto, at.config.identities.get(site), context, message);
  if (problem !== undefined) return refuse(state, site, problem, message);
  const first = firstMessage(state, site, message.kind);
  if (first === undefined) return newMessage(at, state, message);
  return isSameMessage(first, message) ? repeated(at, state, message) : refuse(state, site, 'secondMessage', message);
}

/** A repeat gets the first answer: what the site is waiting for now. */
function repeated(at: Coordinator, state: CoordinatorState, message: SignedSiteMessage): CoordinatorStep {
  const resumes =
    message.kind === 'uploadCommitment' && state.phase === 'maskedInput' && !state.receipts.has(message.site);
  return { state, effects: resumes ? [expectUpload(message)] : sendRequest(at, state, message.site) };
}

function newMessage(at: Coordinator, state: CoordinatorState, message: SignedSiteMessage): CoordinatorStep {
  switch (message.kind) {
    case 'advertisement':
      return state.phase === 'advertiseKeys' ? advertisement(at, state, message) : tooLate(state, message);
    case 'keyShares':
      return state.phase === 'shareKeys' ? keyShares(at, state, message) : tooLate(state, message);
    case 'badShareReport':
      return state.phase === 'maskedInput' ? badShareReport(state, message) : tooLate(state, message);
    case 'uploadCommitment':
      return state.phase === 'maskedInput' ? uploadCommitment(at, state, message) : tooLate(state, message);
    case 'confirmation':
      return confirmation(at, state, message);
    case 'unmaskAnswer':
      return unmaskAnswer(at, state, message);
    case 'modelSignature':
      return modelSignature(at, state, message);
    default:
      return unreachable(message);
  }
}

/** Phase 0. */
function advertisement(at: Coordinator, state: In<'advertiseKeys'>, message: Advertisement): CoordinatorStep {
  const problem = newAdvertisementProblem(state, message);
  if (problem !== undefined) return refuse(state, message.site, problem, message);
  const next = { ...state, advertised: put(state.advertised, message) };
  return invited(next).every((site) => next.advertised.has(site)) ? closeAdvertiseKeys(at, next) : stay(next);
}

/** Phase 1. */
function keyShares(at: Coordinator, state: In<'shareKeys'>, message: KeyShares): CoordinatorStep {
  const problem = newKeySharesProblem(state, message);
  if (problem !== undefined) return refuse(state, message.site, problem, message);
  const next = { ...state, keyShares: put(state.keyShares, message) };
  return next.keyShares.size === next.advertised.size ? closeShareKeys(at, next) : stay(next);
}

function badShareReport(state: In<'maskedInput'>, message: BadShareReport): CoordinatorStep {
  const problem = newReportProblem(state, message);
  if (problem !== undefined) return refuse(state, message.site, problem, message);
  return stay({ ...state, reports: put(state.reports, message) });
}

/** Phase 3. One that comes when enough had come is right all the same. */
function confirmation(at: Coordinator, state: CoordinatorState, message: Confirmation): CoordinatorStep {
  if (!('confirmations' in state)) return isSummed(state) ? stay(state) : tooLate(state, message);
  const problem = newConfirmationProblem(state, message);
  if (problem !== undefined) return refuse(state, message.site, problem, message);
  if (state.phase !== 'confirmSurvivors') return stay(state);
  const next = { ...state, confirmations: put(state.confirmations, message) };
  const enough = next.confirmations.size >= at.config.parameters.threshold;
  return enough ? closeConfirmSurvivors(at, next) : stay(next);
}

/** Phase 4. Of an answer with bad shares the good ones count, and its sender is named. */
function unmaskAnswer(at: Coordinator, state: CoordinatorState, message: UnmaskAnswer): CoordinatorStep {
  if (!('answers' in state)) return isSummed(state) ? stay(state) : tooLate(state, message);
  const problem = newAnswerProblem(state, message);
  if (problem !== undefined) return refuse(state, message.site, problem, message);
  const bad = isBadAnswer(at.crypto, state, message);
  const judged = bad ? refuse(state, message.site, 'badShare', message) : stay(state);
  if (state.phase !== 'unmask') return judged;
  const culprits = bad ? named(state.culprits, [message.site]) : state.culprits;
  const next = { ...state, culprits, answers: put(state.answers, message) };
  const { state: after, effects } = closeUnmask(at, next) ?? stay(next);
  return { state: after, effects: [...judged.effects, ...effects] };
}

/** Phases 3 and 4 go on when enough have spoken: what the others say later is right and changes nothing. */
function isSummed({ phase }: CoordinatorState): boolean {
  return phase === 'modelSignatures' || phase === 'closed';
}
