/** Domain values of a round and of its bulk bytes as wire bytes. The other direction, which checks, is `decode`. @module */
import type { AggregatePublished, Closing, CoordinatorMessage, SiteMessage } from '../secagg/types.ts';
import { unreachable } from '../util/unreachable.ts';
import { isCoordinatorKeyMessage, isSiteKeyMessage } from './about-keys.ts';
import { encodeChunk, encodePiece } from './bulk.ts';
import { closedPhases, planRefusalCodes, refusalCodes, roundOutcomes, shareKinds } from './codes.ts';
import { coordinatorKeyMessage, siteKeyMessage } from './encode-keys.ts';
import type * as WireCoordinator from './generated/consilium/v1/coordinator_message.ts';
import * as WirePlan from './generated/consilium/v1/plan.ts';
import { SessionRequest, SessionResponse } from './generated/consilium/v1/session.ts';
import * as WireUpload from './generated/consilium/v1/upload.ts';
import type {
  AggregatePiece,
  AggregateRequest,
  ClosedRound,
  CurrentPlan,
  FromSite,
  PlanRefusal,
  ToSite,
  UploadName,
  UploadPart,
} from './types.ts';
import type { PlanApproval } from '../governance/types.ts';

/** One message of a site, for `SiteService.Session`. */
export function encodeSiteMessage(message: FromSite): Uint8Array {
  const written = isSiteKeyMessage(message) ? siteKeyMessage(message) : siteMessage(message);
  return SessionRequest.encode({ message: written }).finish();
}

/** One message of the coordinator, for `SiteService.Session`. */
export function encodeCoordinatorMessage(message: ToSite): Uint8Array {
  const written = isCoordinatorKeyMessage(message) ? coordinatorKeyMessage(message) : coordinatorMessage(message);
  return SessionResponse.encode({ message: written }).finish();
}

/** Asks which chunks of an upload are there. */
export function encodeUploadStatusRequest(name: UploadName): Uint8Array {
  return WireUpload.UploadStatusRequest.encode(name).finish();
}

/** Indices of the chunks that are there, ascending. */
export function encodeUploadStatus(present: readonly number[]): Uint8Array {
  return WireUpload.UploadStatusResponse.encode({ present }).finish();
}

/** One message of an upload's stream. */
export function encodeUploadPart(part: UploadPart): Uint8Array {
  if (part.kind === 'chunk') return encodeChunk(part.index, part.data);
  return WireUpload.UploadRequest.encode({ part: { $case: 'header', value: part } }).finish();
}

/** How many chunks of the upload are there now. */
export function encodeUploadResult(presentCount: number): Uint8Array {
  return WireUpload.UploadResponse.encode({ presentCount }).finish();
}

/** Asks for an aggregate from an offset on. */
export function encodeAggregateRequest({ round, offset }: AggregateRequest): Uint8Array {
  return WireUpload.FetchAggregateRequest.encode({ round, offset: BigInt(offset) }).finish();
}

/** A piece of an aggregate. */
export function encodeAggregatePiece({ offset, data }: AggregatePiece): Uint8Array {
  return encodePiece(offset, data);
}

/** Asks for the current plan. */
export function encodeGetPlan(): Uint8Array {
  return WirePlan.GetPlanRequest.encode({}).finish();
}

/** The current plan, or that there is none. */
export function encodeCurrentPlan(current: CurrentPlan | null): Uint8Array {
  return WirePlan.GetPlanResponse.encode({ current: current ?? undefined }).finish();
}

/** A site's signed yes. */
export function encodeApproval(approval: PlanApproval): Uint8Array {
  return WirePlan.SubmitApprovalRequest.encode({ approval }).finish();
}

/** A site's no. */
export function encodePlanRefusal({ planHash, code }: PlanRefusal): Uint8Array {
  return WirePlan.SubmitRefusalRequest.encode({ planHash, code: planRefusalCodes[code] }).finish();
}

/** The answer to an approval or a refusal: it is kept. */
export function encodeKept(): Uint8Array {
  return WirePlan.SubmitApprovalResponse.encode({}).finish();
}

/** Asks for the closed rounds from `firstRound` on. */
export function encodeGetRounds(firstRound: number): Uint8Array {
  return WirePlan.GetRoundsRequest.encode({ firstRound }).finish();
}

/** Closed rounds, in order. */
export function encodeClosedRounds(rounds: readonly ClosedRound[]): Uint8Array {
  return WirePlan.GetRoundsResponse.encode({
    rounds: rounds.map(({ published, closed }) => ({
      published: published === null ? undefined : aggregatePublished(published),
      closed: roundClosed(closed),
    })),
  }).finish();
}

function siteMessage(message: SiteMessage): SessionRequest['message'] {
  switch (message.kind) {
    case 'ready':
      return { $case: 'ready', value: message };
    case 'refusal':
      return { $case: 'refusal', value: { ...message, code: refusalCodes[message.code] } };
    case 'advertisement':
      return { $case: 'advertisement', value: message };
    case 'keyShares':
      return { $case: 'keyShares', value: message };
    case 'badShareReport':
      return { $case: 'badShareReport', value: message };
    case 'uploadCommitment':
      return { $case: 'uploadCommitment', value: message };
    case 'confirmation':
      return { $case: 'confirmation', value: message };
    case 'unmaskAnswer': {
      const shares = message.shares.map((share) => ({ ...share, kind: shareKinds[share.kind] }));
      return { $case: 'unmaskAnswer', value: { ...message, shares } };
    }
    case 'modelSignature':
      return { $case: 'modelSignature', value: message };
    default:
      return unreachable(message);
  }
}

function coordinatorMessage(message: CoordinatorMessage): SessionResponse['message'] {
  switch (message.kind) {
    case 'roundOpened':
      return { $case: 'roundOpened', value: { ...message, keyHash: message.keyHash ?? new Uint8Array() } };
    case 'attemptOpened':
      return { $case: 'attemptOpened', value: message };
    case 'advertisements':
      return { $case: 'advertisements', value: { ...message, closing: closing(message.closing) } };
    case 'routedShares': {
      const shares = message.shares.map(({ dealer, ...dealt }) => ({ dealer, shares: dealt }));
      return { $case: 'routedShares', value: { ...message, closing: closing(message.closing), shares } };
    }
    case 'receipt':
      return { $case: 'receipt', value: message };
    case 'confirmRequest':
      return { $case: 'confirmRequest', value: { ...message, closing: closing(message.closing) } };
    case 'unmaskRequest':
      return { $case: 'unmaskRequest', value: message };
    case 'aggregatePublished':
      return { $case: 'aggregatePublished', value: aggregatePublished(message) };
    case 'roundClosed':
      return { $case: 'roundClosed', value: roundClosed(message) };
    case 'messageRefused':
      return { $case: 'messageRefused', value: { ...message, code: refusalCodes[message.code] } };
    default:
      return unreachable(message);
  }
}

function closing(message: Closing): WireCoordinator.Closing {
  return { ...message, phase: closedPhases[message.phase] };
}

function aggregatePublished(message: AggregatePublished): WireCoordinator.AggregatePublished {
  return { ...message, byteLength: BigInt(message.byteLength) };
}

function roundClosed(message: Extract<CoordinatorMessage, { kind: 'roundClosed' }>): WireCoordinator.RoundClosed {
  return { ...message, outcome: roundOutcomes[message.outcome] };
}
