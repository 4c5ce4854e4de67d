/** What the operator's commands and the running coordinator say to each other, both ways through the same checks. @module */
import { planRefusalCodes, roundOutcomes } from './codes.ts';
import * as field from './fields.ts';
import { decodeWith } from './gate.ts';
import * as Wire from './generated/consilium/v1/operator.ts';
import type { InviteRequest, Invitation, PlanSummary, RoundSummary, SiteSummary, Status } from './types.ts';

/** A plan file, in UTF-16 units. */
const maxPlanText = 1 << 20;
const maxDocumentBytes = 1 << 20;
const maxWord = 64;

/** Asks for a token for a site. */
export function encodeInviteRequest({ site, validMs }: InviteRequest): Uint8Array {
  return Wire.InviteRequest.encode({ site, validMs: BigInt(validMs) }).finish();
}

/** @throws DecodeError as the functions of `decode`; so do all below. */
export function decodeInviteRequest(bytes: Uint8Array): InviteRequest {
  return decodeWith(
    'InviteRequest',
    Wire.InviteRequest,
    bytes,
    ({ site, validMs }) => ({ site: field.site('site', site), validMs: field.size('valid_ms', validMs) }),
    encodeInviteRequest,
  );
}

/** A token, MUST NOT be logged. */
export function encodeInvitation({ token, expiresAtMs, rosterWords }: Invitation): Uint8Array {
  return Wire.InviteResponse.encode({ token, expiresAtMs: BigInt(expiresAtMs), rosterWords }).finish();
}

export function decodeInvitation(bytes: Uint8Array): Invitation {
  return decodeWith(
    'InviteResponse',
    Wire.InviteResponse,
    bytes,
    ({ token, expiresAtMs, rosterWords }) => ({
      token: field.text(256, 'token', token),
      expiresAtMs: field.size('expires_at_ms', expiresAtMs),
      rosterWords: words(rosterWords),
    }),
    encodeInvitation,
  );
}

/** The text of a plan file. */
export function encodePlanText(text: string): Uint8Array {
  return Wire.ProposePlanRequest.encode({ text }).finish();
}

export function decodePlanText(bytes: Uint8Array): string {
  return decodeWith(
    'ProposePlanRequest',
    Wire.ProposePlanRequest,
    bytes,
    ({ text }) => field.text(maxPlanText, 'text', text),
    encodePlanText,
  );
}

/** The current plan and where its approvals stand, or that there is none. */
export function encodePlanSummary(summary: PlanSummary | null): Uint8Array {
  const plan = summary === null ? undefined : { ...summary, refused: summary.refused.map(wireRefusal) };
  return Wire.ShowPlanResponse.encode({ plan }).finish();
}

export function decodePlanSummary(bytes: Uint8Array): PlanSummary | null {
  return decodeWith(
    'ShowPlanResponse',
    Wire.ShowPlanResponse,
    bytes,
    ({ plan }) => (plan === undefined ? null : planSummary(plan)),
    encodePlanSummary,
  );
}

/** Rounds of the current plan, the open one last. */
export function encodeRoundSummaries(rounds: readonly RoundSummary[]): Uint8Array {
  return Wire.RoundStatusResponse.encode({ rounds: rounds.map(wireRound) }).finish();
}

export function decodeRoundSummaries(bytes: Uint8Array): readonly RoundSummary[] {
  return decodeWith(
    'RoundStatusResponse',
    Wire.RoundStatusResponse,
    bytes,
    ({ rounds }) => rounds.map(roundSummary),
    encodeRoundSummaries,
  );
}

/** Which round was cancelled. */
export function encodeCancelled(round: number): Uint8Array {
  return Wire.CancelRoundResponse.encode({ round }).finish();
}

export function decodeCancelled(bytes: Uint8Array): number {
  return decodeWith(
    'CancelRoundResponse',
    Wire.CancelRoundResponse,
    bytes,
    ({ round }) => field.round('round', round),
    encodeCancelled,
  );
}

/** Where the consortium stands. */
export function encodeStatus(status: Status): Uint8Array {
  const planHash = status.planHash ?? new Uint8Array(0);
  return Wire.StatusResponse.encode({ ...status, planHash, openRound: status.openRound ?? 0 }).finish();
}

export function decodeStatus(bytes: Uint8Array): Status {
  return decodeWith('StatusResponse', Wire.StatusResponse, bytes, status, encodeStatus);
}

/** Every enrolled site. */
export function encodeSites(sites: readonly SiteSummary[]): Uint8Array {
  return Wire.SitesResponse.encode({ sites: sites.map(wireSite) }).finish();
}

export function decodeSites(bytes: Uint8Array): readonly SiteSummary[] {
  return decodeWith('SitesResponse', Wire.SitesResponse, bytes, ({ sites }) => sites.map(siteSummary), encodeSites);
}

function words(texts: readonly string[]): readonly string[] {
  return field.list('roster_words', texts, (word) => field.text(maxWord, 'roster_words', word));
}

function wireRefusal({ site, code }: PlanSummary['refused'][number]): Wire.PlanRefusal {
  return { site, code: planRefusalCodes[code] };
}

function planSummary(wire: Wire.PlanSummary): PlanSummary {
  return {
    plan: field.between(1, maxDocumentBytes, 'plan', wire.plan),
    planHash: field.hash('plan_hash', wire.planHash),
    roster: field.between(1, maxDocumentBytes, 'roster', wire.roster),
    rosterHash: field.hash('roster_hash', wire.rosterHash),
    rosterWords: words(wire.rosterWords),
    approved: field.sites('approved', wire.approved),
    refused: field.list('refused', wire.refused, ({ site, code }) => ({
      site: field.site('refused.site', site),
      code: field.code(planRefusalCodes, 'refused.code', code),
    })),
  };
}

function wireRound(round: RoundSummary): Wire.RoundSummary {
  return {
    ...round,
    outcome: round.outcome === null ? 0 : roundOutcomes[round.outcome],
    aggregateHash: round.aggregateHash ?? new Uint8Array(0),
    openedAtMs: BigInt(round.openedAtMs),
    closedAtMs: BigInt(round.closedAtMs ?? 0),
  };
}

function roundSummary(wire: Wire.RoundSummary): RoundSummary {
  const closedAtMs = field.size('closed_at_ms', wire.closedAtMs);
  return {
    round: field.round('round', wire.round),
    attempt: wire.attempt,
    phase: field.text(maxWord, 'phase', wire.phase),
    cohort: field.sites('cohort', wire.cohort),
    survivors: field.sites('survivors', wire.survivors),
    outcome: wire.outcome === 0 ? null : field.code(roundOutcomes, 'outcome', wire.outcome),
    culprits: field.sites('culprits', wire.culprits),
    modelHash: field.hash('model_hash', wire.modelHash),
    aggregateHash: field.hashOrNone('aggregate_hash', wire.aggregateHash),
    openedAtMs: field.size('opened_at_ms', wire.openedAtMs),
    closedAtMs: closedAtMs === 0 ? null : closedAtMs,
  };
}

function status(wire: Wire.StatusResponse): Status {
  return {
    consortium: field.text(200, 'consortium', wire.consortium),
    mainPort: field.whole(0, 65_535, 'main_port', wire.mainPort),
    enrolmentPort: field.whole(0, 65_535, 'enrolment_port', wire.enrolmentPort),
    enrolledCount: wire.enrolledCount,
    connectedCount: wire.connectedCount,
    approvedCount: wire.approvedCount,
    planHash: field.hashOrNone('plan_hash', wire.planHash),
    roundsPlanned: wire.roundsPlanned,
    roundsClosed: wire.roundsClosed,
    roundsAccepted: wire.roundsAccepted,
    openRound: wire.openRound === 0 ? null : wire.openRound,
    waitingFor: field.text(500, 'waiting_for', wire.waitingFor),
  };
}

function wireSite(site: SiteSummary): Wire.SiteSummary {
  return {
    ...site,
    enrolledAtMs: BigInt(site.enrolledAtMs),
    certificateExpiresAtMs: BigInt(site.certificateExpiresAtMs),
  };
}

function siteSummary(wire: Wire.SiteSummary): SiteSummary {
  return {
    site: field.site('site', wire.site),
    identityKey: field.hash('identity_key', wire.identityKey),
    sealingKey: field.hash('sealing_key', wire.sealingKey),
    tlsKeyHash: field.hash('tls_key_hash', wire.tlsKeyHash),
    enrolledAtMs: field.size('enrolled_at_ms', wire.enrolledAtMs),
    certificateExpiresAtMs: field.size('certificate_expires_at_ms', wire.certificateExpiresAtMs),
    connected: wire.connected,
    rostered: wire.rostered,
    approved: wire.approved,
  };
}
