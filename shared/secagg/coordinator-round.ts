/**
 * The coordinator in one round, as a fold over the journal: everything that moves it is in this file and in `closings`,
 * and neither knows network, clock nor disk. What a message must fulfil is in `coordinator-checks`. The table of phases
 * and messages is in proto/spec/secure-sum.md.
 *
 * @module
 */
import type { Crypto } from '../crypto/types.ts';
import { equalBytes } from '../util/bytes.ts';
import type { SiteId } from '../util/ids.ts';
import { unreachable } from '../util/unreachable.ts';
import {
  acceptRound,
  closeAdvertiseKeys,
  closeConfirmSurvivors,
  closeMaskedInput,
  closeShareKeys,
  closeUnmask,
  deleteUploads,
  fail,
  named,
  openAttempt,
  publish,
  startDeadline,
  sumUploads,
  takeOffMasks,
} from './closings.ts';
import {
  contextOf,
  firstMessage,
  newAdvertisementProblem,
  newAnswerProblem,
  newConfirmationProblem,
  newKeySharesProblem,
  newReportProblem,
  newUploadProblem,
} from './coordinator-checks.ts';
import { attemptOpened, invited, sendAll, sendGreeting, sendRequest } from './coordinator-requests.ts';
import type { Coordinator } from './coordinator-requests.ts';
import { isBadAnswer, secretsToRebuild } from './reconstruct.ts';
import { openRound } from './round-opened.ts';
import { signMessage } from './signed-message.ts';
import { isSameMessage, siteMessageProblem } from './site-message.ts';
import type { SignedSiteMessage } from './site-message.ts';
import type * as Message from './types.ts';
import type {
  CoordinatorEffect,
  CoordinatorEvent,
  CoordinatorRoundConfig,
  CoordinatorState,
  CoordinatorStep,
  RefusalCode,
  SiteMessage,
} from './types.ts';

type In<P extends CoordinatorState['phase']> = Extract<CoordinatorState, { phase: P }>;
type Event<K extends CoordinatorEvent['kind']> = Extract<CoordinatorEvent, { kind: K }>;

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

function received(at: Coordinator, state: CoordinatorState, { from, message }: Event<'received'>): CoordinatorStep {
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

function siteReady(at: Coordinator, state: CoordinatorState, site: SiteId): CoordinatorStep {
  switch (state.phase) {
    case 'training':
      return startWhenReady(at, { ...state, ...nowReady(state, site) });
    case 'advertiseKeys':
      if (state.ready.has(site)) return { state, effects: sendRequest(at, state, site) };
      return stay({ ...state, ...nowReady(state, site) }, sendAll([site], attemptOpened(at, state)));
    case 'shareKeys':
    case 'maskedInput':
      return stay({ ...state, ...nowReady(state, site) });
    case 'confirmSurvivors':
    case 'unmask':
    case 'combining':
    case 'summing':
      return stay(state);
    case 'modelSignatures':
    case 'closed':
      return { state, effects: sendRequest(at, state, site) };
    case 'idle':
      return stay(state);
    default:
      return unreachable(state);
  }
}

function nowReady(
  { ready, refused }: Message.CohortStanding,
  site: SiteId,
): Pick<Message.CohortStanding, 'ready' | 'refused'> {
  return { ready: new Set([...ready, site]), refused: without(refused, site) };
}

/** A refusal counts where a site can decline: the round itself, and its aggregate. Elsewhere the deadline decides. */
function siteRefuses(at: Coordinator, state: CoordinatorState, site: SiteId): CoordinatorStep {
  if (state.phase === 'training') {
    const refused = new Set([...state.refused, site]);
    return startWhenReady(at, { ...state, refused, ready: without(state.ready, site) });
  }
  if (state.phase !== 'modelSignatures' || state.signatures.has(site)) return stay(state);
  return countVotes(at, { ...state, against: new Set([...state.against, site]) });
}

/** The first attempt opens when everybody who does not refuse is ready; below quorum nothing is waited for. */
function startWhenReady(at: Coordinator, state: In<'training'>): CoordinatorStep {
  const expected = at.config.binding.cohort.filter((site) => !state.refused.has(site));
  if (expected.length < at.config.parameters.quorum) return fail(at, state, 'belowQuorum');
  return expected.every((site) => state.ready.has(site)) ? openAttempt(at, state, 0) : stay(state);
}

/** Phase 0. */
function advertisement(at: Coordinator, state: In<'advertiseKeys'>, message: Message.Advertisement): CoordinatorStep {
  const problem = newAdvertisementProblem(at, state, message);
  if (problem !== undefined) return refuse(state, message.site, problem, message);
  const next = { ...state, advertised: put(state.advertised, message) };
  return invited(next).every((site) => next.advertised.has(site)) ? closeAdvertiseKeys(at, next) : stay(next);
}

/** Phase 1. */
function keyShares(at: Coordinator, state: In<'shareKeys'>, message: Message.KeyShares): CoordinatorStep {
  const problem = newKeySharesProblem(state, message);
  if (problem !== undefined) return refuse(state, message.site, problem, message);
  const next = { ...state, keyShares: put(state.keyShares, message) };
  return next.keyShares.size === next.advertised.size ? closeShareKeys(at, next) : stay(next);
}

function badShareReport(state: In<'maskedInput'>, message: Message.BadShareReport): CoordinatorStep {
  const problem = newReportProblem(state, message);
  if (problem !== undefined) return refuse(state, message.site, problem, message);
  return stay({ ...state, reports: put(state.reports, message) });
}

/** Phase 2. */
function uploadCommitment(
  at: Coordinator,
  state: In<'maskedInput'>,
  message: Message.UploadCommitment,
): CoordinatorStep {
  const problem = newUploadProblem(at, state, message);
  if (problem !== undefined) return refuse(state, message.site, problem, message);
  return stay({ ...state, uploads: put(state.uploads, message) }, [expectUpload(message)]);
}

/** > When an upload is complete, matches and is well formed, and that is journaled, it answers with a signed receipt. */
function uploadCompleted(at: Coordinator, state: CoordinatorState, event: Event<'uploadCompleted'>): CoordinatorStep {
  const { from, commitment } = event;
  if (!('uploads' in state)) return stay(state);
  const announced = state.uploads.get(from);
  if (state.phase !== 'maskedInput') return stay(state, announced === undefined ? [deleteUploads(state, [from])] : []);
  if (announced === undefined || !equalBytes(announced.commitment, commitment)) return stay(state);
  const receipt = state.receipts.get(from) ?? signReceipt(at, state, from, commitment);
  const next = { ...state, receipts: put(state.receipts, receipt) };
  const answer = sendAll([from], receipt);
  if (next.receipts.size < next.keyShares.size) return stay(next, answer);
  const closed = closeMaskedInput(at, next);
  return { state: closed.state, effects: [...answer, ...closed.effects] };
}

/** > A malformed upload is refused before its receipt and before it is added, and named after its sender. */
function uploadMismatched(state: CoordinatorState, { from, commitment }: Event<'uploadMismatched'>): CoordinatorStep {
  const announced = state.phase === 'maskedInput' ? state.uploads.get(from) : undefined;
  if (announced === undefined || !equalBytes(announced.commitment, commitment)) return stay(state);
  return refuse(state, from, 'commitmentMismatch', announced);
}

function signReceipt(
  { config, crypto }: Coordinator,
  { context }: Message.RoutedStanding,
  site: SiteId,
  commitment: Uint8Array,
): Message.Receipt {
  const signature = signMessage(crypto, config.identitySeed, context, { type: 'receipt', site, commitment });
  return { kind: 'receipt', round: config.binding.round, site, commitment, ...signature };
}

/** Phase 3. One that comes when enough had come is right all the same. */
function confirmation(at: Coordinator, state: CoordinatorState, message: Message.Confirmation): CoordinatorStep {
  if (!('confirmations' in state)) return tooLate(state, message);
  const problem = newConfirmationProblem(state, message);
  if (problem !== undefined) return refuse(state, message.site, problem, message);
  if (state.phase !== 'confirmSurvivors') return stay(state);
  const next = { ...state, confirmations: put(state.confirmations, message) };
  const enough = next.confirmations.size >= at.config.parameters.threshold;
  return enough ? closeConfirmSurvivors(at, next) : stay(next);
}

/** Phase 4. Of an answer with bad shares the good ones count, and its sender is named. */
function unmaskAnswer(at: Coordinator, state: CoordinatorState, message: Message.UnmaskAnswer): CoordinatorStep {
  if (!('answers' in state)) return tooLate(state, message);
  const problem = newAnswerProblem(state, message);
  if (problem !== undefined) return refuse(state, message.site, problem, message);
  const bad = isBadAnswer(at.crypto, secretsToRebuild(state, at.config.parameters), message);
  const judged = bad ? refuse(state, message.site, 'badShare', message) : stay(state);
  if (state.phase !== 'unmask') return judged;
  const culprits = bad ? named(state.culprits, [message.site]) : state.culprits;
  const next = { ...state, culprits, answers: put(state.answers, message) };
  const { state: after, effects } = closeUnmask(at, next) ?? stay(next);
  return { state: after, effects: [...judged.effects, ...effects] };
}

function modelSignature(at: Coordinator, state: CoordinatorState, message: Message.ModelSignature): CoordinatorStep {
  if (state.phase === 'closed') return lateSignature(state, message);
  if (state.phase !== 'modelSignatures') return tooLate(state, message);
  return countVotes(at, {
    ...state,
    signatures: put(state.signatures, message),
    against: without(state.against, message.site),
  });
}

/** The round is over; that a site came to another model is still worth knowing. */
function lateSignature(state: In<'closed'>, message: Message.ModelSignature): CoordinatorStep {
  const agrees = equalBytes(message.modelHash, state.closed.modelHash);
  return agrees ? stay(state) : refuse(state, message.site, 'modelMismatch', message);
}

/** Accepted with the model that t sites signed; voted down when everybody has spoken and no model has that many. */
function countVotes(at: Coordinator, state: In<'modelSignatures'>): CoordinatorStep {
  const { threshold } = at.config.parameters;
  const all = [...state.signatures.values()];
  const votesFor = (modelHash: Uint8Array): number =>
    all.filter((entry) => equalBytes(entry.modelHash, modelHash)).length;
  const chosen = all.find(({ modelHash }) => votesFor(modelHash) >= threshold);
  if (chosen !== undefined) return acceptRound(at, state, chosen.modelHash);
  const spoken = all.length + state.against.size;
  return spoken >= at.config.binding.cohort.length ? fail(at, state, 'votedDown') : stay(state);
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

function unfinishedUploads({ uploads, receipts }: In<'maskedInput'>): readonly CoordinatorEffect[] {
  return [...uploads.values()].filter(({ site }) => !receipts.has(site)).map(expectUpload);
}

function expectUpload({ site, commitment }: Message.UploadCommitment): CoordinatorEffect {
  return { kind: 'expectUpload', from: site, commitment };
}

function stay(state: CoordinatorState, effects: readonly CoordinatorEffect[] = []): CoordinatorStep {
  return { state, effects };
}

/** The phase of this message is over, or has not begun. */
function tooLate(state: CoordinatorState, message: SignedSiteMessage): CoordinatorStep {
  return refuse(state, message.site, 'wrongPhase', message);
}

/** Refusals that prove the sender at fault: a message that no correct site sends, by whom the connection names. */
const faults: ReadonlySet<RefusalCode> = new Set([
  'badSignature',
  'secondMessage',
  'duplicateSite',
  'duplicateKey',
  'smallOrderPoint',
  'notASubset',
  'transcriptMismatch',
  'commitmentMismatch',
  'wrongLength',
]);

function refuse(state: CoordinatorState, to: SiteId, code: RefusalCode, evidence: SiteMessage): CoordinatorStep {
  const effects: readonly CoordinatorEffect[] = [{ kind: 'refuse', to, code, evidence }];
  const names = faults.has(code) && 'culprits' in state;
  return { state: names ? { ...state, culprits: named(state.culprits, [to]) } : state, effects };
}

/** A copy with this message under its site. */
function put<M extends { readonly site: SiteId }>(map: ReadonlyMap<SiteId, M>, message: M): ReadonlyMap<SiteId, M> {
  return new Map([...map, [message.site, message]]);
}

function without(set: ReadonlySet<SiteId>, site: SiteId): ReadonlySet<SiteId> {
  return new Set([...set].filter((other) => other !== site));
}
