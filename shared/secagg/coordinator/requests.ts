/**
 * What the coordinator sends to a site in each phase, made of its state alone: so a site that comes back is sent the
 * same bytes again. Source: proto/spec/secure-sum.md, section 5.
 *
 * @module
 */
import type { Crypto } from '../../crypto/types.ts';
import { bySiteId } from '../../util/ids.ts';
import type { SiteId } from '../../util/ids.ts';
import { unreachable } from '../../util/unreachable.ts';
import { neighboursAmong } from '../attempt-graph.ts';
import { byId } from '../context.ts';
import { openRound } from '../round-opened.ts';
import { signMessage } from '../signed-message.ts';
import type {
  Advertisements,
  AttemptOpened,
  AttemptStanding,
  CohortStanding,
  Closing,
  CoordinatorEffect,
  CoordinatorMessage,
  CoordinatorRoundConfig,
  CoordinatorState,
  KeyedStanding,
  RoutedShares,
  RoutedStanding,
} from '../types.ts';

/** The coordinator's machine at work: its configuration and the cryptography. */
export interface Coordinator {
  readonly config: CoordinatorRoundConfig;
  readonly crypto: Crypto;
}

/** The coordinator's signed word that this phase closed with exactly these sites. */
export function signClosing(
  { config, crypto }: Coordinator,
  { context, transcript }: Pick<Closing, 'context' | 'transcript'>,
  phase: Closing['phase'],
  closed: Iterable<SiteId>,
): Closing {
  const fields = { transcript, phase, sites: byId(closed) };
  return { ...fields, ...signMessage(crypto, config.identitySeed, context, { type: 'closing', ...fields }) };
}

/** Who is asked to take part in an attempt: the sites that are ready, without dealers of bad shares. */
export function invited({ ready, leftOut }: CohortStanding): readonly SiteId[] {
  return byId(ready).filter((site) => !leftOut.has(site));
}

/** Asks for the advertisements of an attempt. */
export function attemptOpened({ config }: Coordinator, { attempt }: Pick<AttemptStanding, 'attempt'>): AttemptOpened {
  return { kind: 'attemptOpened', round: config.binding.round, attempt };
}

/** > All of the signed advertisements of U1, to every site of U1. */
export function advertisementsOf({ config }: Coordinator, { advertised, u1Closing }: KeyedStanding): Advertisements {
  const advertisements = [...advertised.values()].sort((a, b) => bySiteId(a.site, b.site));
  return { kind: 'advertisements', round: config.binding.round, closing: u1Closing, advertisements };
}

/** Of each neighbour in U2, what it dealt to this holder; its own pair a site has. */
export function routedSharesFor({ config }: Coordinator, state: RoutedStanding, holder: SiteId): RoutedShares {
  const dealers = neighboursAmong(state.graph, holder, byId(state.keyShares.keys()));
  const shares = dealers.flatMap((dealer) => {
    const dealt = state.keyShares.get(dealer)!.shares; // a key of this map
    return dealt.filter((pair) => pair.holder === holder).map((pair) => ({ dealer, ...pair }));
  });
  return { kind: 'routedShares', round: config.binding.round, closing: state.u2Closing, shares };
}

/** One message to each of these sites. */
export function sendAll(sites: Iterable<SiteId>, message: CoordinatorMessage): readonly CoordinatorEffect[] {
  return byId(sites).map((to) => ({ kind: 'send', to, message }));
}

/** Everything that a site needs when a session of it begins: the opening of the round, and what it owes. */
export function sendGreeting(at: Coordinator, state: CoordinatorState, site: SiteId): readonly CoordinatorEffect[] {
  if (state.phase === 'idle' || !at.config.binding.cohort.includes(site)) return [];
  return [{ kind: 'send', to: site, message: openRound(at.config, at.crypto) }, ...sendRequest(at, state, site)];
}

/** The request of this phase to one site, unless it owes nothing. */
export function sendRequest(at: Coordinator, state: CoordinatorState, site: SiteId): readonly CoordinatorEffect[] {
  return requestsTo(at, state, site).map((message) => ({ kind: 'send', to: site, message }));
}

function requestsTo(at: Coordinator, state: CoordinatorState, site: SiteId): readonly CoordinatorMessage[] {
  switch (state.phase) {
    case 'advertiseKeys':
      return owes(invited(state).includes(site) && !state.advertised.has(site), () => attemptOpened(at, state));
    case 'shareKeys':
      return owes(state.advertised.has(site) && !state.keyShares.has(site), () => advertisementsOf(at, state));
    case 'maskedInput':
      return requestInMaskedInput(at, state, site);
    case 'confirmSurvivors':
      return owes(state.uploads.has(site) && !state.confirmations.has(site), () => state.confirmRequest);
    case 'unmask':
      return owes(state.uploads.has(site) && !state.answers.has(site), () => state.unmaskRequest);
    case 'modelSignatures':
      return owes(!state.signatures.has(site), () => state.published);
    case 'closed':
      return state.published === null ? [state.closed] : [state.published, state.closed];
    case 'idle':
    case 'training':
    case 'combining':
    case 'summing':
      return [];
    default:
      return unreachable(state);
  }
}

/** A complete upload has its receipt; a site of U2 without one is told U2 and goes on from there. */
function requestInMaskedInput(at: Coordinator, state: RoutedStanding, site: SiteId): readonly CoordinatorMessage[] {
  const receipt = state.receipts.get(site);
  if (receipt !== undefined) return [receipt];
  return owes(state.keyShares.has(site), () => routedSharesFor(at, state, site));
}

function owes(condition: boolean, request: () => CoordinatorMessage): readonly CoordinatorMessage[] {
  return condition ? [request()] : [];
}
