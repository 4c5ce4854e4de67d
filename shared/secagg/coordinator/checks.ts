/**
 * What the coordinator checks before it takes a message of a site: signature and context first, then what its phase
 * asks. Every check answers with the code of the refusal, or with nothing. Source: proto/spec/secure-sum.md, section 5.
 *
 * @module
 */
import { equalBytes } from '../../util/bytes.ts';
import type { SiteId } from '../../util/ids.ts';
import { holdersOf, neighboursAmong } from '../attempt-graph.ts';
import { contextHash, firstDuplicate, maskedInputHash } from '../context.ts';
import { invited } from './requests.ts';
import type { Coordinator } from './requests.ts';
import type { SignedSiteMessage } from '../site/message.ts';
import { isWithin, sameSites } from '../site/sets.ts';
import { newcomerProblem } from '../transcript.ts';
import type {
  Advertisement,
  AttemptStanding,
  BadShareReport,
  Confirmation,
  CoordinatorState,
  KeyShares,
  KeyedStanding,
  RefusalCode,
  RoutedStanding,
  SurvivorStanding,
  UnmaskAnswer,
  UnmaskStanding,
  UploadCommitment,
} from '../types.ts';
import { commitmentProblem } from '../upload-check.ts';

type Problem = RefusalCode | undefined;

/** The ctx that signed messages of sites are under now, if there is one. */
export function contextOf({ config, crypto }: Coordinator, state: CoordinatorState): Uint8Array | undefined {
  if ('context' in state) return state.context;
  if (state.phase !== 'closed' || state.published === null) return undefined;
  return contextHash(crypto, { ...config.binding, attempt: state.published.attempt });
}

/** The message of this kind that the site sent first in this attempt and that was taken, if there is one. */
export function firstMessage(
  state: CoordinatorState,
  site: SiteId,
  kind: SignedSiteMessage['kind'],
): SignedSiteMessage | undefined {
  switch (kind) {
    case 'advertisement':
      return 'advertised' in state ? state.advertised.get(site) : undefined;
    case 'keyShares':
      return 'keyShares' in state ? state.keyShares.get(site) : undefined;
    case 'badShareReport':
      return 'reports' in state ? state.reports.get(site) : undefined;
    case 'uploadCommitment':
      return 'uploads' in state ? state.uploads.get(site) : undefined;
    case 'confirmation':
      return 'confirmations' in state ? state.confirmations.get(site) : undefined;
    case 'unmaskAnswer':
      return 'answers' in state ? state.answers.get(site) : undefined;
    case 'modelSignature':
      return 'signatures' in state ? state.signatures.get(site) : undefined;
  }
}

/** > The coordinator leaves out, and names, an advertisement that fails a check: no key twice, none of small order. */
export function newAdvertisementProblem(state: AttemptStanding, message: Advertisement): Problem {
  if (!invited(state).includes(message.site)) return 'notInCohort';
  return newcomerProblem([...state.advertised.values()], message)?.code;
}

/** One pair for each neighbour and one for itself, under this T1. */
export function newKeySharesProblem(state: KeyedStanding, message: KeyShares): Problem {
  if (!state.advertised.has(message.site)) return 'notInCohort';
  if (!equalBytes(message.transcript, state.transcript)) return 'transcriptMismatch';
  const holders = message.shares.map(({ holder }) => holder);
  return sameSites(holders, holdersOf(state.graph, message.site)) ? undefined : 'notASubset';
}

/** Neighbours in U2, each once. */
export function newReportProblem(state: RoutedStanding, message: BadShareReport): Problem {
  if (!state.keyShares.has(message.site)) return 'notInCohort';
  if (!equalBytes(message.transcript, state.transcript)) return 'transcriptMismatch';
  if (firstDuplicate(message.dealers) !== undefined) return 'duplicateSite';
  const dealers = new Set(neighboursAmong(state.graph, message.site, [...state.keyShares.keys()]));
  return isWithin(message.dealers, dealers) ? undefined : 'notASubset';
}

/** An upload of the length that the plan fixes, masked over this U2. */
export function newUploadProblem(
  { config, crypto }: Coordinator,
  state: RoutedStanding,
  message: UploadCommitment,
): Problem {
  if (!state.keyShares.has(message.site)) return 'notInCohort';
  const masked = maskedInputHash(crypto, state.transcript, state.keyShares.keys());
  return commitmentProblem(message.commitment, masked, config.parameters);
}

/** Exactly what the coordinator asked to confirm, from a member of U3. */
export function newConfirmationProblem(state: SurvivorStanding, message: Confirmation): Problem {
  if (!state.uploads.has(message.site)) return 'notInCohort';
  return equalBytes(message.confirmation, state.confirmation) ? undefined : 'transcriptMismatch';
}

/** An answer to this request, from a member of U3. Its shares are judged one by one. */
export function newAnswerProblem(state: UnmaskStanding, message: UnmaskAnswer): Problem {
  if (!state.uploads.has(message.site)) return 'notInCohort';
  const same = equalBytes(message.confirmationHash, state.unmaskRequest.confirmationHash);
  return same ? undefined : 'transcriptMismatch';
}
