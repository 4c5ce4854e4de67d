/**
 * What a site checks before it believes the coordinator, phase by phase. Every check answers with the code of the
 * refusal, or with nothing. Source: proto/spec/secure-sum.md, section 5.
 *
 * @module
 */
import type { Crypto } from '../../crypto/types.ts';
import { equalBytes } from '../../util/bytes.ts';
import type { SiteId } from '../../util/ids.ts';
import { hasEnoughNeighbours, survivorGraphProblem } from '../attempt-graph.ts';
import { confirmationBytes, firstDuplicate, maskedInputHash } from '../context.ts';
import { verifyMessage } from '../signed-message.ts';
import type { Signature, Statement } from '../signed-message.ts';
import { isSameMessage, siteMessageProblem } from './message.ts';
import { closedListProblem, isWithin, sameSites } from './sets.ts';
import { advertisementProblem, transcriptHash } from '../transcript.ts';
import type {
  Advertisements,
  AggregatePublished,
  Closing,
  ConfirmRequest,
  Receipt,
  RefusalCode,
  RoundClosed,
  RoutedShares,
  SiteAttempt,
  SiteDealt,
  SitePublished,
  SiteRoundConfig,
  SiteUploaded,
  UnmaskRequest,
  UploadCommitment,
} from '../types.ts';
import { commitmentProblem } from '../upload-check.ts';
import { aggregateByteLength } from '../upload-cut.ts';

/** A site's machine at work: its configuration and the cryptography. */
export interface Site {
  readonly config: SiteRoundConfig;
  readonly crypto: Crypto;
}

type Problem = RefusalCode | undefined;

/** What is wrong with something that the coordinator signed, if anything. */
export function coordinatorProblem(
  { config, crypto }: Site,
  context: Uint8Array,
  statement: Statement,
  carried: Signature,
): Problem {
  return verifyMessage(crypto, config.coordinatorIdentity, context, statement, carried);
}

/** What is wrong with a closing of this phase under this transcript, apart from its sites. */
export function closingProblem(
  site: Site,
  { context, transcript }: Pick<SiteDealt, 'context' | 'transcript'>,
  phase: Closing['phase'],
  closing: Closing,
): Problem {
  const problem = coordinatorProblem(site, context, { type: 'closing', ...closing }, closing);
  if (problem !== undefined) return problem;
  if (closing.phase !== phase) return 'wrongPhase';
  return equalBytes(closing.transcript, transcript) ? undefined : 'transcriptMismatch';
}

/** T1 of these advertisements, or what is wrong with them. Phase 0. */
export function transcriptOf(
  site: Site,
  state: SiteAttempt,
  { closing, advertisements }: Advertisements,
): { readonly transcript: Uint8Array } | { readonly problem: RefusalCode } {
  const problem = advertisementsProblem(site, state, advertisements);
  if (problem !== undefined) return { problem };
  const transcript = transcriptHash(site.crypto, state.context, advertisements);
  const wrong = closingProblem(site, { context: state.context, transcript }, 'advertiseKeys', closing);
  if (wrong !== undefined) return { problem: wrong };
  const listed = advertisements.map((entry) => entry.site);
  return sameSites(closing.sites, listed) ? { transcript } : { problem: 'transcriptMismatch' };
}

/** > Every signature under the roster; no duplicate id or key, no key of small order; its own entry unchanged. */
function advertisementsProblem(
  { config, crypto }: Site,
  { context, advertisement: own }: SiteAttempt,
  advertisements: Advertisements['advertisements'],
): Problem {
  const u1 = advertisements.map(({ site }) => site);
  if (!isWithin(u1, config.identities)) return 'notRostered';
  if (!isWithin(u1, new Set(config.binding.cohort))) return 'notInCohort';
  for (const entry of advertisements) {
    const problem = siteMessageProblem(crypto, config.identities.get(entry.site), context, entry);
    if (problem !== undefined) return problem;
  }
  const problem = advertisementProblem(advertisements);
  if (problem !== undefined) return problem.code;
  const mine = advertisements.find(({ site }) => site === config.site);
  if (mine === undefined || !isSameMessage(mine, own)) return 'ownEntryChanged';
  return u1.length < config.parameters.quorum ? 'belowQuorum' : undefined;
}

/** > U2 ⊆ U1, |U2| >= q; at least t_k - 1 neighbours in U2; and a site that is routed shares is in U2. Phase 1. */
export function routedSharesProblem(site: Site, state: SiteDealt, { closing }: RoutedShares): Problem {
  const problem = closingProblem(site, state, 'shareKeys', closing);
  if (problem !== undefined) return problem;
  const { config } = site;
  const listed = closedListProblem(closing.sites, state.u1, config.parameters.quorum);
  if (listed !== undefined) return listed;
  if (!closing.sites.includes(config.site)) return 'ownEntryChanged';
  return hasEnoughNeighbours(state.graph, config.site, closing.sites) ? undefined : 'tooFewNeighbours';
}

/** A receipt is for this site's own commitment. Phase 2. */
export function receiptProblem(site: Site, state: SiteUploaded, receipt: Receipt): Problem {
  const problem = coordinatorProblem(site, state.context, { type: 'receipt', ...receipt }, receipt);
  if (problem !== undefined) return problem;
  if (receipt.site !== site.config.site) return 'ownEntryChanged';
  return equalBytes(receipt.commitment, state.upload.commitment) ? undefined : 'commitmentMismatch';
}

/** What is wrong with a request to confirm, for a site that has confirmed nothing yet. Phase 3. */
export function confirmRequestProblem(site: Site, state: SiteUploaded, request: ConfirmRequest): Problem {
  const problem = closingProblem(site, state, 'maskedInput', request.closing);
  if (problem !== undefined) return problem;
  const committed = request.commitments.map((commitment) => commitment.site);
  return sameSites(request.closing.sites, committed) ? survivorsProblem(site, state, request) : 'commitmentMismatch';
}

/** U2, U3 and the commitments as a request names them. */
type Survivors = Pick<ConfirmRequest, 'u2' | 'commitments'>;

/**
 * > U3 ⊆ U2, |U3| >= q, itself in U3 only if it uploaded under exactly this commitment, out of U3 only if it holds no
 * > receipt; each member of U3 has t_k - 1 neighbours in U3, each dropout t_k; the gap rule.
 */
function survivorsProblem({ config, crypto }: Site, state: SiteUploaded, { u2, commitments }: Survivors): Problem {
  if (!sameSites(u2, state.u2)) return firstDuplicate(u2) === undefined ? 'secondMessage' : 'duplicateSite';
  const u3 = commitments.map(({ site }) => site);
  const listed = closedListProblem(u3, new Set(state.u2), config.parameters.quorum);
  if (listed !== undefined) return listed;
  const masked = maskedInputHash(crypto, state.transcript, state.u2);
  for (const entry of commitments) {
    const problem =
      siteMessageProblem(crypto, config.identities.get(entry.site), state.context, entry) ??
      commitmentProblem(entry.commitment, masked, config.parameters);
    if (problem !== undefined) return problem;
  }
  return ownPlaceProblem(config.site, state, commitments) ?? survivorGraphProblem(state.graph, state.u2, u3);
}

function ownPlaceProblem(
  me: SiteId,
  { upload, receipt }: SiteUploaded,
  commitments: readonly UploadCommitment[],
): Problem {
  const mine = commitments.find(({ site }) => site === me);
  if (mine === undefined) return receipt === null ? undefined : 'receiptIgnored';
  return equalBytes(mine.commitment, upload.commitment) ? undefined : 'commitmentMismatch';
}

/** `F(T1, U2, U3, commitments)` of what a request names. */
export function requestedConfirmation({ transcript }: SiteUploaded, { u2, commitments }: Survivors): Uint8Array {
  return confirmationBytes(transcript, u2, new Map(commitments.map(({ site, commitment }) => [site, commitment])));
}

/**
 * What is wrong with a request to unmask, for a site that has not answered one: it names what it hashes, passes the
 * checks of phase 3 or is what was confirmed, and at least t members of U3 confirmed exactly this. Phase 4.
 */
export function unmaskRequestProblem(
  site: Site,
  state: SiteUploaded,
  confirmed: Uint8Array | undefined,
  request: UnmaskRequest,
): Problem {
  const confirmation = requestedConfirmation(state, request);
  if (confirmed !== undefined && !equalBytes(confirmed, confirmation)) return 'alreadyConfirmed';
  if (!equalBytes(request.confirmationHash, site.crypto.sha256(confirmation))) return 'transcriptMismatch';
  const problem = confirmed === undefined ? survivorsProblem(site, state, request) : listedTwice(request);
  if (problem !== undefined) return problem;
  if (!request.commitments.some((entry) => entry.site === site.config.site)) return 'notInCohort';
  const enough = confirmationCount(site, state, confirmation, request) >= site.config.parameters.threshold;
  return enough ? undefined : 'tooFewConfirmations';
}

/** What was confirmed was checked; that its bytes are the same leaves open only whether a commitment stands there twice. */
function listedTwice({ commitments }: Survivors): 'duplicateSite' | undefined {
  return firstDuplicate(commitments.map(({ site }) => site)) === undefined ? undefined : 'duplicateSite';
}

/** How many distinct members of U3 signed exactly this. */
function confirmationCount(
  { config, crypto }: Site,
  { context }: SiteUploaded,
  confirmation: Uint8Array,
  { commitments, confirmations }: UnmaskRequest,
): number {
  const u3 = new Set(commitments.map(({ site }) => site));
  const agreeing = confirmations.filter(
    (entry) =>
      u3.has(entry.site) &&
      siteMessageProblem(crypto, config.identities.get(entry.site), context, {
        kind: 'confirmation',
        ...entry,
        context,
        confirmation,
      }) === undefined,
  );
  return new Set(agreeing.map(({ site }) => site)).size;
}

/** What is wrong with an aggregate's announcement in itself. */
export function publishedProblem({ config }: Site, { u3, byteLength }: AggregatePublished): Problem {
  const listed = closedListProblem(u3, new Set(config.binding.cohort), config.parameters.quorum);
  if (listed !== undefined) return listed;
  return byteLength === aggregateByteLength(config.parameters) ? undefined : 'wrongLength';
}

/** > `modelHash` of a round is the one that at least t sites signed. */
export function acceptedProblem(
  { config, crypto }: Site,
  { context }: Pick<SitePublished, 'context'>,
  closed: RoundClosed,
): Problem {
  const cohort = new Set(config.binding.cohort);
  const agreeing = closed.signatures.filter(
    (entry) =>
      cohort.has(entry.site) &&
      equalBytes(entry.modelHash, closed.modelHash) &&
      siteMessageProblem(crypto, config.identities.get(entry.site), context, entry) === undefined,
  );
  const signers = new Set(agreeing.map(({ site }) => site));
  return signers.size >= config.parameters.threshold ? undefined : 'tooFewConfirmations';
}
