/**
 * A site in one round, as a fold: every event ends up here, and nothing below knows network, clock or disk. Phases
 * 0 to 4 are in `attempt`, the end of the round in `ending`. The table of phases and messages is in
 * proto/spec/secure-sum.md.
 *
 * @module
 */
import type { Crypto } from '../../crypto/types.ts';
import { unreachable } from '../../util/unreachable.ts';
import { commitUpload, readyMessage, sendShares } from './answers.ts';
import {
  advertisements,
  attemptOpened,
  confirmRequest,
  receipt,
  roundOpened,
  routedShares,
  unmaskRequest,
} from './attempt.ts';
import type { Site } from './checks.ts';
import { aggregatePublished, aggregateRefused, modelFolded, roundClosed } from './ending.ts';
import { outstanding, refuse, stay } from './steps.ts';
import type { SiteEvent, SiteRoundConfig, SiteState, SiteStep } from '../types.ts';

type Received = Extract<SiteEvent, { kind: 'received' }>['message'];

/** A site that has seen `roundOpened` and trains. */
export function initialSiteState(): SiteState {
  return { phase: 'training' };
}

/** The state after `event` and what is to be done for it. Nothing the coordinator sends can make this throw. */
export function siteStep(config: SiteRoundConfig, state: SiteState, event: SiteEvent, crypto: Crypto): SiteStep {
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

function received(site: Site, state: SiteState, message: Received): SiteStep {
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

function readyNow(site: Site): SiteStep {
  return { state: { phase: 'ready' }, effects: [{ kind: 'send', message: readyMessage(site) }] };
}

function isIn<P extends 'dealing' | 'masking'>(
  state: SiteState,
  phase: P,
  attempt: number,
): state is Extract<SiteState, { phase: P }> {
  return state.phase === phase && 'attempt' in state && state.attempt === attempt;
}
