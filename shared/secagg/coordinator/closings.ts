/**
 * How the phases of the coordinator open and close: each function takes the state of the phase that ends and gives the
 * one that begins, with what is sent for it. Source: proto/spec/secure-sum.md, sections 3 and 5.
 *
 * @module
 */
import type { SiteId } from '../../util/ids.ts';
import { attemptGraph, hasEnoughNeighbours, holdersOf, survivorGraphProblem } from '../attempt-graph.ts';
import { byId, confirmationBytes, contextHash } from '../context.ts';
import { badDealers, deleteUploads, deletions, fail, named } from './ends.ts';
import { advertisementsOf, attemptOpened, invited, routedSharesFor, sendAll, signClosing } from './requests.ts';
import type { Coordinator } from './requests.ts';
import { signMessage } from '../signed-message.ts';
import { transcriptHash } from '../transcript.ts';
import type {
  CohortStanding,
  Confirmation,
  ConfirmRequest,
  CoordinatorDeadline,
  CoordinatorEffect,
  CoordinatorStep,
  RoutedStanding,
  SurvivorStanding,
  UnmaskRequest,
  UploadCommitment,
} from '../types.ts';
import type { In } from './narrowed.ts';

/** Asks everybody who is ready for fresh keys, or ends the round when they are too few. */
export function openAttempt(at: Coordinator, standing: CohortStanding, attempt: number): CoordinatorStep {
  const { ready, refused, leftOut, culprits } = standing;
  const asked = invited(standing);
  if (asked.length < at.config.parameters.quorum) return fail(at, { phase: 'training', ...standing }, 'belowQuorum');
  const context = contextHash(at.crypto, { ...at.config.binding, attempt });
  return {
    state: { phase: 'advertiseKeys', ready, refused, leftOut, culprits, attempt, context, advertised: new Map() },
    effects: [...sendAll(asked, attemptOpened(at, { attempt })), startDeadline('advertiseKeys', attempt)],
  };
}

/** > The coordinator closes the phase with U1 (at least q) and sends every site all of the signed advertisements. */
export function closeAdvertiseKeys(at: Coordinator, state: In<'advertiseKeys'>): CoordinatorStep {
  const { advertised, context } = state;
  if (advertised.size < at.config.parameters.quorum) return tryAgain(at, state);
  const transcript = transcriptHash(at.crypto, context, [...advertised.values()]);
  const u1Closing = signClosing(at, { context, transcript }, 'advertiseKeys', advertised.keys());
  const graph = attemptGraph(at.crypto, transcript, [...advertised.keys()], at.config.parameters);
  const next: In<'shareKeys'> = { ...state, phase: 'shareKeys', transcript, graph, u1Closing, keyShares: new Map() };
  return {
    state: next,
    effects: [...sendAll(advertised.keys(), advertisementsOf(at, next)), startDeadline('shareKeys', state.attempt)],
  };
}

/** > The coordinator closes with U2 (at least q) and routes. No site of it would refuse it for its neighbours. */
export function closeShareKeys(at: Coordinator, state: In<'shareKeys'>): CoordinatorStep {
  const { keyShares, attempt, graph } = state;
  const u2 = byId(keyShares.keys());
  const connected = u2.every((site) => hasEnoughNeighbours(graph, site, u2));
  if (u2.length < at.config.parameters.quorum || !connected) return tryAgain(at, state);
  const u2Closing = signClosing(at, state, 'shareKeys', u2);
  const nothing = { reports: new Map(), uploads: new Map(), receipts: new Map() };
  const next: In<'maskedInput'> = { ...state, phase: 'maskedInput', u2Closing, ...nothing };
  return {
    state: next,
    effects: [
      ...u2.map((to): CoordinatorEffect => ({
        kind: 'send',
        to,
        message: routedSharesFor(at, next, to),
      })),
      startDeadline('maskedInput', attempt),
    ],
  };
}

/**
 * > The phase closes with U3: the sites that were given a receipt (at least q).
 *
 * Nothing is confirmed that could not be unmasked, or that a site would refuse: of every site of U2 at least t_k members
 * of U3 hold a share, and the rules of the graph hold.
 */
export function closeMaskedInput(at: Coordinator, state: In<'maskedInput'>): CoordinatorStep {
  const u3 = byId(state.receipts.keys());
  if (u3.length < at.config.parameters.quorum || !canBeUnmasked(state, u3)) {
    return tryAgain(at, leaveOutBadDealers(at, state));
  }
  const uploads = new Map(u3.map((site) => [site, state.uploads.get(site)!])); // a receipt is for an upload
  const others = byId(state.uploads.keys()).filter((site) => !uploads.has(site));
  const next = askToConfirm(at, { ...state, uploads });
  return {
    state: next,
    effects: [
      ...(others.length === 0 ? [] : [deleteUploads(state, others)]),
      ...sendAll(u3, next.confirmRequest),
      startDeadline('confirmSurvivors', state.attempt),
    ],
  };
}

function canBeUnmasked(state: RoutedStanding, u3: readonly SiteId[]): boolean {
  const { graph, keyShares } = state;
  if (survivorGraphProblem(graph, byId(keyShares.keys()), u3) !== undefined) return false;
  const members = new Set(u3);
  return [...keyShares.keys()].every((dealer) => goodHolders(state, dealer, members) >= graph.shareThreshold);
}

/** How many members of U3 hold a good share of the dealer's secrets, as far as they reported. */
function goodHolders({ graph, reports }: RoutedStanding, dealer: SiteId, u3: ReadonlySet<SiteId>): number {
  const holds = (holder: SiteId): boolean => u3.has(holder) && !reports.get(holder)?.dealers.includes(dealer);
  return holdersOf(graph, dealer).filter(holds).length;
}

/** > A dealer reported by more than f sites is left out of a new attempt. */
function leaveOutBadDealers(at: Coordinator, state: In<'maskedInput'>): In<'maskedInput'> {
  const bad = badDealers(at, state);
  return { ...state, leftOut: new Set([...state.leftOut, ...bad]), culprits: named(state.culprits, bad) };
}

function askToConfirm(at: Coordinator, state: RoutedStanding): In<'confirmSurvivors'> {
  const u2 = byId(state.keyShares.keys());
  const commitments = [...state.uploads.values()];
  const closing = signClosing(at, state, 'maskedInput', state.uploads.keys());
  const confirmRequest: ConfirmRequest = {
    kind: 'confirmRequest',
    round: at.config.binding.round,
    u2,
    closing,
    commitments,
  };
  const confirmation = confirmationBytes(state.transcript, u2, commitmentBytes(state.uploads));
  return { ...state, phase: 'confirmSurvivors', confirmRequest, confirmation, confirmations: new Map() };
}

function commitmentBytes(uploads: ReadonlyMap<SiteId, UploadCommitment>): ReadonlyMap<SiteId, Uint8Array> {
  return new Map([...uploads].map(([site, { commitment }]) => [site, commitment]));
}

/** > The coordinator collects at least t of them; members of U3 then receive the signatures. */
export function closeConfirmSurvivors(at: Coordinator, state: In<'confirmSurvivors'>): CoordinatorStep {
  if (state.confirmations.size < at.config.parameters.threshold) return fail(at, state, 'tooFewConfirmations');
  const unmaskRequest = askToUnmask(at, state, state.confirmations);
  return {
    state: { ...state, phase: 'unmask', unmaskRequest, answers: new Map() },
    effects: [...sendAll(state.uploads.keys(), unmaskRequest), startDeadline('unmask', state.attempt)],
  };
}

function askToUnmask(
  { config, crypto }: Coordinator,
  state: SurvivorStanding,
  confirmed: ReadonlyMap<SiteId, Confirmation>,
): UnmaskRequest {
  const { u2, commitments, round } = state.confirmRequest;
  const confirmations = [...confirmed].map(([site, { signature }]) => ({ site, signature })); // all over one confirmation
  const confirmationHash = crypto.sha256(state.confirmation);
  const signature = signMessage(crypto, config.identitySeed, state.context, {
    type: 'unmaskRequest',
    confirmationHash,
  });
  return { kind: 'unmaskRequest', round, confirmationHash, u2, commitments, confirmations, ...signature };
}

/** > If phase 0, 1 or 2 closes below quorum, the round may be tried again with fresh keys and the same x. */
function tryAgain(at: Coordinator, state: In<'advertiseKeys' | 'shareKeys' | 'maskedInput'>): CoordinatorStep {
  const attempt = state.attempt + 1;
  if (attempt >= at.config.maxAttempts) return fail(at, state, 'belowQuorum');
  const { ready, refused, leftOut, culprits } = state;
  const next = openAttempt(at, { ready, refused, leftOut, culprits }, attempt);
  return { state: next.state, effects: [...deletions(state), ...next.effects] };
}

/** Asks for the deadline of a phase; when it has passed, the driver says so in an event. */
export function startDeadline(phase: CoordinatorDeadline, attempt: number): CoordinatorEffect {
  return { kind: 'startDeadline', attempt, phase };
}
