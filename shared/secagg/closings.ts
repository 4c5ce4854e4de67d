/**
 * How the phases of the coordinator open and close: each function takes the state of the phase that ends and gives the
 * one that begins, with what is sent for it. Source: proto/spec/secure-sum.md, sections 3 and 5.
 *
 * @module
 */
import { equalBytes } from '../util/bytes.ts';
import type { SiteId } from '../util/ids.ts';
import { byId, confirmationBytes, contextHash } from './context.ts';
import {
  advertisementsOf,
  attemptOpened,
  invited,
  routedSharesFor,
  sendAll,
  signClosing,
} from './coordinator-requests.ts';
import type { Coordinator } from './coordinator-requests.ts';
import { answeredShares, masksOnSum, secretsToRebuild } from './reconstruct.ts';
import { checkCombined, matchShares } from './recover.ts';
import { signMessage } from './signed-message.ts';
import { transcriptHash } from './transcript.ts';
import type {
  AggregatePublished,
  AttemptStanding,
  CohortStanding,
  CombineRequest,
  Confirmation,
  ConfirmRequest,
  CoordinatorDeadline,
  CoordinatorEffect,
  CoordinatorState,
  CoordinatorStep,
  FailureReason,
  ModelSignature,
  RoundClosed,
  RoutedStanding,
  SurvivorStanding,
  UnmaskRequest,
  UploadCommitment,
} from './types.ts';

type In<P extends CoordinatorState['phase']> = Extract<CoordinatorState, { phase: P }>;

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
  const next: In<'shareKeys'> = { ...state, phase: 'shareKeys', transcript, u1Closing, keyShares: new Map() };
  return {
    state: next,
    effects: [...sendAll(advertised.keys(), advertisementsOf(at, next)), startDeadline('shareKeys', state.attempt)],
  };
}

/** > The coordinator closes with U2 (at least q) and routes. */
export function closeShareKeys(at: Coordinator, state: In<'shareKeys'>): CoordinatorStep {
  const { keyShares, attempt } = state;
  if (keyShares.size < at.config.parameters.quorum) return tryAgain(at, state);
  const u2Closing = signClosing(at, state, 'shareKeys', keyShares.keys());
  const nothing = { reports: new Map(), uploads: new Map(), receipts: new Map() };
  const next: In<'maskedInput'> = { ...state, phase: 'maskedInput', u2Closing, ...nothing };
  return {
    state: next,
    effects: [
      ...byId(keyShares.keys()).map((to): CoordinatorEffect => ({
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
 * Nothing is confirmed that could not be unmasked: of every site of U2 at least t members of U3 hold a share.
 */
export function closeMaskedInput(at: Coordinator, state: In<'maskedInput'>): CoordinatorStep {
  const { quorum, threshold } = at.config.parameters;
  const u3 = byId(state.receipts.keys());
  const holdable = [...state.keyShares.keys()].every((dealer) => holdersOf(state, dealer, u3) >= threshold);
  if (u3.length < quorum || !holdable) return tryAgain(at, leaveOutBadDealers(at, state));
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

/** How many of these hold a good share of the dealer's secrets, as far as they reported. */
function holdersOf({ reports }: RoutedStanding, dealer: SiteId, holders: readonly SiteId[]): number {
  return holders.filter((holder) => !reports.get(holder)?.dealers.includes(dealer)).length;
}

/** > A dealer reported by more than f sites is left out of a new attempt. */
function leaveOutBadDealers(at: Coordinator, state: In<'maskedInput'>): In<'maskedInput'> {
  const bad = badDealers(at, state);
  return { ...state, leftOut: new Set([...state.leftOut, ...bad]), culprits: named(state.culprits, bad) };
}

function badDealers({ config }: Coordinator, { keyShares, reports }: RoutedStanding): readonly SiteId[] {
  const reported = (dealer: SiteId): number =>
    [...reports.values()].filter(({ dealers }) => dealers.includes(dealer)).length;
  return byId(keyShares.keys()).filter((dealer) => reported(dealer) > config.parameters.colluders);
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
  const unmaskRequest = askToUnmask(at, state, [...state.confirmations.values()]);
  return {
    state: { ...state, phase: 'unmask', unmaskRequest, answers: new Map() },
    effects: [...sendAll(state.uploads.keys(), unmaskRequest), startDeadline('unmask', state.attempt)],
  };
}

function askToUnmask(
  { config, crypto }: Coordinator,
  state: SurvivorStanding,
  confirmations: readonly Confirmation[],
): UnmaskRequest {
  const { u2, commitments, round } = state.confirmRequest;
  const confirmationHash = crypto.sha256(state.confirmation);
  const signature = signMessage(crypto, config.identitySeed, state.context, {
    type: 'unmaskRequest',
    confirmationHash,
  });
  return { kind: 'unmaskRequest', round, confirmationHash, u2, commitments, confirmations, ...signature };
}

/**
 * Combines as soon as every secret has enough shares that are as dealt; `undefined` while one has too few. A dealer whose
 * own shares cannot be combined is named.
 */
export function closeUnmask(at: Coordinator, state: In<'unmask'>): CoordinatorStep | undefined {
  const secrets = secretsToRebuild(state, at.config.parameters);
  const matched = secrets.map((secret) => ({
    secret,
    ...matchShares(at.crypto, secret, answeredShares(state, secret)),
  }));
  const requests: CombineRequest[] = [];
  const dealers: SiteId[] = [];
  for (const { secret, ...found } of matched) {
    const { dealer, kind } = secret;
    if (found.kind === 'matched') requests.push({ dealer, kind, shares: found.shares });
    else if (found.code === 'tooFewShares') return undefined;
    else dealers.push(dealer);
  }
  if (dealers.length > 0) return fail(at, state, 'badDealer', dealers);
  return { state: { ...state, phase: 'combining', requests }, effects: [{ kind: 'combineShares', requests }] };
}

/** > The coordinator rebuilds b_j (checked against H(b_j)) and s_sk_j (its public key is s_pk_j), or names the dealer. */
export function takeOffMasks(
  at: Coordinator,
  state: In<'combining'>,
  combined: readonly (Uint8Array | null)[],
): CoordinatorStep {
  const { requests, ...standing } = state;
  const secrets = secretsToRebuild(state, at.config.parameters);
  const checked = secrets.map((secret, i) => checkCombined(at.crypto, secret, [], combined[i] ?? null));
  const dealers = checked.flatMap((result) => (result.kind === 'failed' ? result.culprits : []));
  if (dealers.length > 0) return fail(at, state, 'badDealer', dealers);
  const rebuilt = requests.flatMap(({ dealer, kind }, i) => {
    const result = checked[i]!; // one request for each secret, in one order
    return result.kind === 'recovered' ? [{ dealer, kind, secret: result.secret }] : [];
  });
  const masks = masksOnSum(at.crypto, standing, rebuilt);
  const next: In<'summing'> = { ...standing, phase: 'summing', masks };
  return { state: next, effects: [sumUploads(next)] };
}

/** The uploads of U3, and the masks that are on their sum. */
export function sumUploads({ uploads, attempt, masks }: In<'summing'>): CoordinatorEffect {
  return { kind: 'sumUploads', u3: byId(uploads.keys()), attempt, masks };
}

/** > Publishes the aggregate, to every site of the cohort. */
export function publish(
  { config }: Coordinator,
  state: In<'summing'>,
  { aggregateHash, byteLength }: Pick<AggregatePublished, 'aggregateHash' | 'byteLength'>,
): CoordinatorStep {
  const { ready, refused, leftOut, culprits, context, attempt } = state;
  const { round, cohort } = config.binding;
  const u3 = byId(state.uploads.keys());
  const published: AggregatePublished = { kind: 'aggregatePublished', round, attempt, u3, aggregateHash, byteLength };
  const votes = { signatures: new Map(), against: new Set<SiteId>() };
  return {
    state: { phase: 'modelSignatures', ready, refused, leftOut, culprits, context, published, ...votes },
    effects: [...sendAll(cohort, published), startDeadline('modelSignatures', attempt)],
  };
}

/** Ends the round with the model that at least t sites signed; sites that signed another are named. */
export function acceptRound(at: Coordinator, state: In<'modelSignatures'>, modelHash: Uint8Array): CoordinatorStep {
  const all = [...state.signatures.values()];
  const agrees = (entry: ModelSignature): boolean => equalBytes(entry.modelHash, modelHash);
  const closed: RoundClosed = {
    kind: 'roundClosed',
    round: at.config.binding.round,
    outcome: 'accepted',
    modelHash,
    signatures: all.filter(agrees),
    culprits: named(
      state.culprits,
      all.filter((entry) => !agrees(entry)).map(({ site }) => site),
    ),
  };
  return end(at, closed, state.published, []);
}

/** Ends the round without an aggregate; its uploads are deleted. */
export function fail(
  at: Coordinator,
  state: Exclude<CoordinatorState, In<'closed'>>,
  outcome: FailureReason,
  found: readonly SiteId[] = [],
): CoordinatorStep {
  const before = 'culprits' in state ? state.culprits : [];
  const reported = 'reports' in state ? badDealers(at, state) : [];
  const { round, modelHash } = at.config.binding;
  const culprits = named(before, [...found, ...reported]);
  const closed: RoundClosed = { kind: 'roundClosed', round, outcome, modelHash, signatures: [], culprits };
  return end(at, closed, null, deletions(state));
}

/** The same sites, and those of `found` that are not among them. */
export function named(culprits: readonly SiteId[], found: readonly SiteId[]): readonly SiteId[] {
  return [...new Set([...culprits, ...found])];
}

/** > If phase 0, 1 or 2 closes below quorum, the round may be tried again with fresh keys and the same x. */
function tryAgain(at: Coordinator, state: In<'advertiseKeys' | 'shareKeys' | 'maskedInput'>): CoordinatorStep {
  const attempt = state.attempt + 1;
  if (attempt >= at.config.maxAttempts) return fail(at, state, 'belowQuorum');
  const { ready, refused, leftOut, culprits } = state;
  const next = openAttempt(at, { ready, refused, leftOut, culprits }, attempt);
  return { state: next.state, effects: [...deletions(state), ...next.effects] };
}

function end(
  { config }: Coordinator,
  closed: RoundClosed,
  published: AggregatePublished | null,
  effects: readonly CoordinatorEffect[],
): CoordinatorStep {
  return {
    state: { phase: 'closed', closed, published },
    effects: [...effects, ...sendAll(config.binding.cohort, closed), { kind: 'roundEnded', closed }],
  };
}

function deletions(state: CoordinatorState): readonly CoordinatorEffect[] {
  if (!('uploads' in state) || state.uploads.size === 0) return [];
  return [deleteUploads(state, byId(state.uploads.keys()))];
}

/** These uploads enter no sum. */
export function deleteUploads({ attempt }: Pick<AttemptStanding, 'attempt'>, of: readonly SiteId[]): CoordinatorEffect {
  return { kind: 'deleteUploads', attempt, of };
}

/** Asks for the deadline of a phase; when it has passed, the driver says so in an event. */
export function startDeadline(phase: CoordinatorDeadline, attempt: number): CoordinatorEffect {
  return { kind: 'startDeadline', attempt, phase };
}
