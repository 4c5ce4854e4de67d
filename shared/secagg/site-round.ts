/**
 * A site in one round, as a fold: everything that moves it is in this file, and this file knows neither network, clock
 * nor disk. What a message must fulfil is in `site-checks`, what is answered in `site-answers`. The table of phases and
 * messages is in proto/spec/secure-sum.md.
 *
 * @module
 */
import type { Crypto } from '../crypto/types.ts';
import { equalBytes } from '../util/bytes.ts';
import type { SiteId } from '../util/ids.ts';
import { unreachable } from '../util/unreachable.ts';
import { contextHash } from './context.ts';
import { roundOpenedProblem } from './round-opened.ts';
import {
  advertise,
  answerUnmask,
  askForShares,
  commitUpload,
  confirm,
  dealShares,
  maskingEffects,
  sendShares,
  takeShares,
  uploadEffects,
} from './site-answers.ts';
import {
  acceptedProblem,
  closingProblem,
  confirmRequestProblem,
  coordinatorProblem,
  publishedProblem,
  receiptProblem,
  requestedConfirmation,
  routedSharesProblem,
  transcriptOf,
  unmaskRequestProblem,
} from './site-checks.ts';
import type { Site } from './site-checks.ts';
import { signSiteMessage } from './site-message.ts';
import { sameSites } from './site-sets.ts';
import type * as Message from './types.ts';
import type { CoordinatorMessage, RefusalCode, SiteEffect, SiteEvent, SiteState, SiteStep } from './types.ts';

type In<P extends SiteState['phase']> = Extract<SiteState, { phase: P }>;

/** A site that has seen `roundOpened` and trains. */
export function initialSiteState(): SiteState {
  return { phase: 'training' };
}

/** The state after `event` and what is to be done for it. Nothing the coordinator sends can make this throw. */
export function siteStep(
  config: Message.SiteRoundConfig,
  state: SiteState,
  event: SiteEvent,
  crypto: Crypto,
): SiteStep {
  const site: Site = { config, crypto };
  switch (event.kind) {
    case 'trained':
      return state.phase === 'training' ? readyNow(site) : stay(state);
    case 'attemptOpened':
      return attemptOpened(site, state, event);
    case 'received':
      return received(site, state, event.message);
    case 'sharesDealt':
      return isIn(state, 'dealing', event.attempt) ? sendShares(site, state, event.shares) : stay(state);
    case 'uploadPrepared':
      return isIn(state, 'masking', event.attempt) ? commitUpload(site, state, event) : stay(state);
    case 'modelFolded':
      return state.phase === 'folding' ? modelFolded(site, state, event.modelHash) : stay(state);
    case 'aggregateRefused':
      return state.phase === 'folding' ? aggregateRefused(site, state, event.code) : stay(state);
    case 'reconnected':
      return { state, effects: outstanding(site, state) };
    default:
      return unreachable(event);
  }
}

function received(site: Site, state: SiteState, message: (SiteEvent & { kind: 'received' })['message']): SiteStep {
  if (message.round !== site.config.binding.round) return refuse(state, message, 'wrongRound');
  switch (message.kind) {
    case 'roundOpened':
      return roundOpened(site, state, message);
    case 'advertisements':
      return advertisements(site, state, message);
    case 'routedShares':
      return routedShares(site, state, message);
    case 'receipt':
      return receipt(site, state, message);
    case 'confirmRequest':
      return confirmRequest(site, state, message);
    case 'unmaskRequest':
      return unmaskRequest(site, state, message);
    case 'aggregatePublished':
      return aggregatePublished(site, state, message);
    case 'roundClosed':
      return roundClosed(site, state, message);
    case 'messageRefused':
      return stay(state);
    default:
      return unreachable(message);
  }
}

/** What the site waits for, asked or said again; nothing new is made. */
function outstanding(site: Site, state: SiteState): readonly SiteEffect[] {
  switch (state.phase) {
    case 'ready':
      return readyNow(site).effects;
    case 'advertised':
      return [{ kind: 'send', message: state.advertisement }];
    case 'dealing':
      return [dealShares(site, state)];
    case 'dealt':
      return [{ kind: 'send', message: state.keyShares }];
    case 'masking':
      return maskingEffects(site, state);
    case 'uploading':
      return state.receipt === null ? uploadEffects(state.upload) : [];
    case 'confirmed':
      return [{ kind: 'send', message: state.confirmation }];
    case 'unmasked':
      return [{ kind: 'send', message: state.answer }];
    case 'folding':
      return [{ kind: 'applyAggregate', published: state.published }];
    case 'signed':
      return [{ kind: 'send', message: state.signature }];
    case 'rejected':
      return [{ kind: 'send', message: state.refusal }];
    case 'closed':
      return [{ kind: 'eraseSecrets' }, { kind: 'roundEnded', closed: state.closed }];
    case 'training':
      return [];
    default:
      return unreachable(state);
  }
}

function readyNow({ config }: Site): SiteStep {
  const message = { kind: 'ready', site: config.site, round: config.binding.round } as const;
  return { state: { phase: 'ready' }, effects: [{ kind: 'send', message }] };
}

/** A site keeps to the first opening that it has seen in a round. */
function roundOpened(site: Site, state: SiteState, message: Message.RoundOpened): SiteStep {
  const problem = roundOpenedProblem(site.config, message, site.crypto);
  if (problem !== undefined) return refuse(state, message, problem);
  return state.phase === 'ready' ? again(site, state) : stay(state);
}

/** Attempts only go up, and a site that has confirmed joins no other: x enters one confirmed sum, ever. */
function attemptOpened(site: Site, state: SiteState, event: SiteEvent & { kind: 'attemptOpened' }): SiteStep {
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
function advertisements(site: Site, state: SiteState, message: Message.Advertisements): SiteStep {
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
function routedShares(site: Site, state: SiteState, message: Message.RoutedShares): SiteStep {
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
  state: Message.SiteKeyed,
  phase: Message.Closing['phase'],
  sites: readonly SiteId[],
  closing: Message.Closing,
): RefusalCode | undefined {
  const problem = closingProblem(site, state, phase, closing);
  if (problem !== undefined) return problem === 'transcriptMismatch' ? 'secondMessage' : problem;
  return sameSites(closing.sites, sites) ? undefined : 'secondMessage';
}

/** Phase 2. The receipt is kept: it is the proof that this site must not be left out. */
function receipt(site: Site, state: SiteState, message: Message.Receipt): SiteStep {
  if (!('upload' in state)) return refuse(state, message, 'wrongPhase');
  const problem = receiptProblem(site, state, message);
  if (problem !== undefined) return refuse(state, message, problem);
  return stay(state.receipt === null ? { ...state, receipt: message } : state);
}

/** Phase 3. */
function confirmRequest(site: Site, state: SiteState, message: Message.ConfirmRequest): SiteStep {
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

function confirmedBefore(site: Site, state: In<'confirmed' | 'unmasked'>, message: Message.ConfirmRequest): SiteStep {
  const { closing } = message;
  const problem = coordinatorProblem(site, state.context, { type: 'closing', ...closing }, closing);
  if (problem === 'badSignature') return refuse(state, message, problem);
  const { confirmation } = state.confirmation;
  const same = equalBytes(requestedConfirmation(state, message), confirmation) && sameSites(closing.sites, state.u3);
  if (problem !== undefined || !same) return refuse(state, message, 'alreadyConfirmed');
  return { state, effects: [{ kind: 'send', message: state.confirmation }] };
}

/** Phase 4. A site that had not confirmed has confirmed by answering. */
function unmaskRequest(site: Site, state: SiteState, message: Message.UnmaskRequest): SiteStep {
  if (!('upload' in state)) return refuse(state, message, 'wrongPhase');
  const forged = coordinatorProblem(site, state.context, { type: 'unmaskRequest', ...message }, message);
  if (forged === 'badSignature') return refuse(state, message, forged);
  if (state.phase === 'unmasked') return unmaskedBefore(state, message);
  const confirmed = state.phase === 'confirmed' ? state.confirmation.confirmation : undefined;
  if (forged !== undefined) return refuse(state, message, confirmed === undefined ? forged : 'alreadyConfirmed');
  const problem = unmaskRequestProblem(site, state, confirmed, message);
  if (problem !== undefined) return refuse(state, message, problem);
  return answerUnmask(site, state.phase === 'confirmed' ? state : confirm(site, state, message));
}

/** > A repeated request for the same U3 gets the same bytes again; any other is refused as `alreadyUnmasked`. */
function unmaskedBefore(state: In<'unmasked'>, message: Message.UnmaskRequest): SiteStep {
  if (!equalBytes(message.confirmationHash, state.answer.confirmationHash)) {
    return refuse(state, message, 'alreadyUnmasked');
  }
  return { state, effects: [{ kind: 'send', message: state.answer }] };
}

/** The aggregate is for every site of the cohort, also for one that trains still; one that confirmed expects its U3. */
function aggregatePublished(site: Site, state: SiteState, message: Message.AggregatePublished): SiteStep {
  if (state.phase === 'closed') return refuse(state, message, 'wrongPhase');
  if ('published' in state) {
    if (!samePublication(state.published, message)) return refuse(state, message, 'secondMessage');
    return state.phase === 'folding' ? stay(state) : again(site, state);
  }
  const problem = publishedProblem(site, message);
  if (problem !== undefined) return refuse(state, message, problem);
  if ('u3' in state && !(message.attempt === state.attempt && sameSites(message.u3, state.u3))) {
    return refuse(state, message, 'secondMessage');
  }
  const context = contextHash(site.crypto, { ...site.config.binding, attempt: message.attempt });
  return {
    state: { phase: 'folding', published: message, context, closed: null },
    effects: [{ kind: 'applyAggregate', published: message }],
  };
}

function samePublication(a: Message.AggregatePublished, b: Message.AggregatePublished): boolean {
  return a.attempt === b.attempt && equalBytes(a.aggregateHash, b.aggregateHash) && sameSites(a.u3, b.u3);
}

/** The signature over the new model is also the vote for the round. */
function modelFolded({ config, crypto }: Site, state: In<'folding'>, modelHash: Uint8Array): SiteStep {
  const { published, context, closed } = state;
  const unsigned = { kind: 'modelSignature', site: config.site, modelHash } as const;
  const signature = signSiteMessage(crypto, config.identitySeed, context, unsigned);
  const signed: In<'signed'> = { phase: 'signed', published, context, signature };
  const said: SiteEffect = { kind: 'send', message: signature };
  return closed === null ? { state: signed, effects: [said] } : after([said], endAccepted(signed, closed));
}

function aggregateRefused({ config }: Site, state: In<'folding'>, code: RefusalCode): SiteStep {
  const { published, context, closed } = state;
  const refusal: Message.Refusal = { kind: 'refusal', site: config.site, round: config.binding.round, code };
  const rejected: In<'rejected'> = { phase: 'rejected', published, context, refusal };
  const said: SiteEffect = { kind: 'send', message: refusal };
  return closed === null ? { state: rejected, effects: [said] } : after([said], endAccepted(rejected, closed));
}

function roundClosed(site: Site, state: SiteState, message: Message.RoundClosed): SiteStep {
  if (state.phase === 'closed') return closedTwice(state, message);
  if (message.outcome !== 'accepted') {
    const same = equalBytes(message.modelHash, site.config.binding.modelHash);
    return same ? end(message) : refuse(state, message, 'modelMismatch');
  }
  if (!('published' in state)) return refuse(state, message, 'wrongPhase');
  const problem = acceptedProblem(site, state, message);
  if (problem !== undefined) return refuse(state, message, problem);
  return state.phase === 'folding' ? stay({ ...state, closed: message }) : endAccepted(state, message);
}

/** A site that came to another model, or to none, says so: it cannot go on from the model that the others signed. */
function endAccepted(state: In<'signed' | 'rejected'>, closed: Message.RoundClosed): SiteStep {
  const agrees = state.phase === 'signed' && equalBytes(state.signature.modelHash, closed.modelHash);
  return agrees ? end(closed) : after(refuse(state, closed, 'modelMismatch').effects, end(closed));
}

function closedTwice(state: In<'closed'>, message: Message.RoundClosed): SiteStep {
  const { outcome, modelHash } = state.closed;
  const same = outcome === message.outcome && equalBytes(modelHash, message.modelHash);
  return same ? stay(state) : refuse(state, message, 'secondMessage');
}

function end(closed: Message.RoundClosed): SiteStep {
  return { state: { phase: 'closed', closed }, effects: [{ kind: 'eraseSecrets' }, { kind: 'roundEnded', closed }] };
}

function stay(state: SiteState): SiteStep {
  return { state, effects: [] };
}

function again(site: Site, state: SiteState): SiteStep {
  return { state, effects: outstanding(site, state) };
}

function after(effects: readonly SiteEffect[], step: SiteStep): SiteStep {
  return { state: step.state, effects: [...effects, ...step.effects] };
}

/** Refusals that prove nothing against the coordinator: a late or early message, another plan, another model. */
const blameless: ReadonlySet<RefusalCode> = new Set([
  'wrongPhase',
  'wrongRound',
  'stale',
  'planNotApproved',
  'modelMismatch',
]);

function refuse(state: SiteState, evidence: CoordinatorMessage, code: RefusalCode): SiteStep {
  const culprits = blameless.has(code) ? [] : ['coordinator'];
  return { state, effects: [{ kind: 'refuse', code, culprits, evidence }] };
}

function isIn<P extends 'dealing' | 'masking'>(state: SiteState, phase: P, attempt: number): state is In<P> {
  return state.phase === phase && 'attempt' in state && state.attempt === attempt;
}
