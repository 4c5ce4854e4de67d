/**
 * The only gate from bytes to the domain: lengths, ranges, brands, canonical form. Past it the types may be believed;
 * signatures and sets are the machines' to check. Every function throws DecodeError, which names the message and the field:
 * `wrongLength`, `outOfRange`, `unknownEnum`, `missingField`, `badFormat`, `nonCanonical`.
 *
 * @module
 */
import { DecodeError } from '../errors.ts';
import type { PlanApproval } from '../governance/types.ts';
import { unreachable } from '../util/unreachable.ts';
import { planRefusalCodes } from './codes.ts';
import { chunkHead, expectHead, pieceHead } from './bulk.ts';
import * as coordinator from './decode-coordinator-message.ts';
import { commitmentBytes } from './decode-site-message.ts';
import * as encode from './encode.ts';
import * as field from './fields.ts';
import { decodeWith, expectSame, read } from './gate.ts';
import * as WirePlan from './generated/consilium/v1/plan.ts';
import * as WireUpload from './generated/consilium/v1/upload.ts';
import type * as Domain from './types.ts';

export { decodeCoordinatorMessage } from './decode-coordinator-message.ts';
export { decodeSiteMessage } from './decode-site-message.ts';

/** Chunks of one upload at most: 64 Gi words of 4 bytes in chunks of 1 MiB. */
const maxChunks = 262_144;
/** A plan or a roster in canonical bytes. */
const maxDocumentBytes = 1 << 20;

/** Which upload is asked about. */
export function decodeUploadStatusRequest(bytes: Uint8Array): Domain.UploadName {
  return decodeWith(
    'UploadStatusRequest',
    WireUpload.UploadStatusRequest,
    bytes,
    uploadName,
    encode.encodeUploadStatusRequest,
  );
}

/** Indices of the chunks that are there, ascending. */
export function decodeUploadStatus(bytes: Uint8Array): readonly number[] {
  return decodeWith(
    'UploadStatusResponse',
    WireUpload.UploadStatusResponse,
    bytes,
    ({ present }) =>
      present.map((index, i) => field.whole((present[i - 1] ?? -1) + 1, maxChunks - 1, 'present', index)),
    encode.encodeUploadStatus,
  );
}

/** One message of an upload's stream; the chunk is a view of `bytes`. */
export function decodeUploadPart(bytes: Uint8Array): Domain.UploadPart {
  const part = read('UploadRequest', WireUpload.UploadRequest, bytes, uploadPart);
  if (part.kind === 'chunk') expectHead('UploadRequest', chunkHead(part.index, part.data.length), part.data, bytes);
  else expectSame('UploadRequest', encode.encodeUploadPart(part), bytes);
  return part;
}

/** How many chunks of the upload are there now. */
export function decodeUploadResult(bytes: Uint8Array): number {
  return decodeWith(
    'UploadResponse',
    WireUpload.UploadResponse,
    bytes,
    ({ presentCount }) => field.whole(0, maxChunks, 'present_count', presentCount),
    encode.encodeUploadResult,
  );
}

/** Which aggregate is asked for, and from where. */
export function decodeAggregateRequest(bytes: Uint8Array): Domain.AggregateRequest {
  return decodeWith(
    'FetchAggregateRequest',
    WireUpload.FetchAggregateRequest,
    bytes,
    ({ round, offset }) => ({ round: field.round('round', round), offset: field.size('offset', offset) }),
    encode.encodeAggregateRequest,
  );
}

/** A piece of an aggregate; its data is a view of `bytes`. */
export function decodeAggregatePiece(bytes: Uint8Array): Domain.AggregatePiece {
  const piece = read('FetchAggregateResponse', WireUpload.FetchAggregateResponse, bytes, ({ offset, data }) => ({
    offset: field.size('offset', offset),
    data,
  }));
  expectHead('FetchAggregateResponse', pieceHead(piece.offset, piece.data.length), piece.data, bytes);
  return piece;
}

/** A request without fields. */
export function decodeEmpty(bytes: Uint8Array): void {
  if (bytes.length > 0)
    throw new DecodeError('nonCanonical', `a message without fields: got ${String(bytes.length)} bytes`);
}

/** The current plan, or `null`. Plan and roster are canonical bytes that `governance` reads. */
export function decodeCurrentPlan(bytes: Uint8Array): Domain.CurrentPlan | null {
  return decodeWith(
    'GetPlanResponse',
    WirePlan.GetPlanResponse,
    bytes,
    ({ current }) => (current === undefined ? null : currentPlan(current)),
    encode.encodeCurrentPlan,
  );
}

/** A site's signed yes. */
export function decodeApproval(bytes: Uint8Array): PlanApproval {
  return decodeWith(
    'SubmitApprovalRequest',
    WirePlan.SubmitApprovalRequest,
    bytes,
    (wire) => approval(field.present('approval', wire.approval)),
    encode.encodeApproval,
  );
}

/** A site's no. */
export function decodePlanRefusal(bytes: Uint8Array): Domain.PlanRefusal {
  return decodeWith(
    'SubmitRefusalRequest',
    WirePlan.SubmitRefusalRequest,
    bytes,
    ({ planHash, code }) => ({
      planHash: field.hash('plan_hash', planHash),
      code: field.code(planRefusalCodes, 'code', code),
    }),
    encode.encodePlanRefusal,
  );
}

/** From which round on closed rounds are asked for. */
export function decodeGetRounds(bytes: Uint8Array): number {
  return decodeWith(
    'GetRoundsRequest',
    WirePlan.GetRoundsRequest,
    bytes,
    ({ firstRound }) => field.round('first_round', firstRound),
    encode.encodeGetRounds,
  );
}

/** Closed rounds, in order. */
export function decodeClosedRounds(bytes: Uint8Array): readonly Domain.ClosedRound[] {
  return decodeWith(
    'GetRoundsResponse',
    WirePlan.GetRoundsResponse,
    bytes,
    ({ rounds }) => rounds.map(closedRound),
    encode.encodeClosedRounds,
  );
}

function uploadName(wire: WireUpload.UploadHeader): Domain.UploadName {
  return {
    round: field.round('round', wire.round),
    commitment: field.exactly(commitmentBytes, 'commitment', wire.commitment),
  };
}

function uploadPart({ part }: WireUpload.UploadRequest): Domain.UploadPart {
  if (part === undefined) throw new DecodeError('missingField', 'part: is missing or of an unknown kind');
  switch (part.$case) {
    case 'header':
      return { kind: 'header', ...uploadName(part.value) };
    case 'chunk':
      return { kind: 'chunk', index: field.whole(0, maxChunks - 1, 'index', part.value.index), data: part.value.data };
    default:
      return unreachable(part);
  }
}

function currentPlan(wire: WirePlan.CurrentPlan): Domain.CurrentPlan {
  return {
    plan: field.between(1, maxDocumentBytes, 'plan', wire.plan),
    roster: field.between(1, maxDocumentBytes, 'roster', wire.roster),
    approvals: field.list('approvals', wire.approvals, approval),
  };
}

function approval(wire: WirePlan.PlanApproval): PlanApproval {
  return {
    site: field.site('site', wire.site),
    planHash: field.hash('plan_hash', wire.planHash),
    rosterHash: field.hash('roster_hash', wire.rosterHash),
    signature: field.signature('signature', wire.signature),
  };
}

function closedRound(wire: WirePlan.ClosedRound): Domain.ClosedRound {
  return {
    published: wire.published === undefined ? null : coordinator.aggregatePublished(wire.published),
    closed: coordinator.roundClosed(field.present('closed', wire.closed)),
  };
}
