/** The handlers of `OperatorService`: what the operator's commands ask of the running coordinator. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { bySiteId } from '#shared/util/ids';
import { decodeEmpty } from '#shared/wire/decode';
import * as wire from '#shared/wire/operator';
import type { PlanSummary, RoundSummary, SiteSummary, Status } from '#shared/wire/types';
import type { EnrolmentDesk } from '../identity/enrol.ts';
import type { Clock } from '../round/clock.ts';
import type { RoundDriver } from '../round/driver.ts';
import type { StoredRound } from '../store/rounds.ts';
import { unary } from './calls.ts';
import { expectOperator } from './peer.ts';
import type { ServiceWorld } from './site-service.ts';

/** What the operator's commands need besides. */
export interface OperatorWorld extends ServiceWorld {
  readonly clock: Clock;
  readonly enrolment: EnrolmentDesk;
  readonly consortiumName: string;
  readonly ports: { readonly main: number; readonly enrolment: number };
}

/** One handler for each method of `OperatorService`. */
export function operatorHandlers(world: OperatorWorld): UntypedServiceImplementation {
  const { consortium, desk, enrolment, clock } = world;
  const byOperator = (handle: (request: Uint8Array) => Uint8Array) =>
    unary(world.onError, (request, call) => {
      expectOperator(call);
      return handle(request);
    });
  const asked = (answer: () => Uint8Array) =>
    byOperator((request) => {
      decodeEmpty(request);
      return answer();
    });
  return {
    invite: byOperator((request) => {
      const { site, validMs } = wire.decodeInviteRequest(request);
      const expiresAtMs = clock.now() + validMs;
      const token = enrolment.invite(site, expiresAtMs);
      return wire.encodeInvitation({ token, expiresAtMs, rosterWords: desk.rosterWords });
    }),
    proposePlan: byOperator((request) => {
      consortium.propose(wire.decodePlanText(request));
      return wire.encodePlanSummary(summary(world));
    }),
    showPlan: asked(() => wire.encodePlanSummary(summary(world))),
    roundStatus: asked(() => wire.encodeRoundSummaries(roundSummaries(world))),
    cancelRound: asked(() => wire.encodeCancelled(consortium.cancelRound())),
    status: asked(() => wire.encodeStatus(status(world))),
    sites: asked(() => wire.encodeSites(sites(world))),
  };
}

function summary({ desk }: OperatorWorld): PlanSummary | null {
  return desk.summary();
}

function roundSummaries({ desk, rounds, consortium }: OperatorWorld): readonly RoundSummary[] {
  if (desk.current === undefined) return [];
  return rounds.ofPlan(desk.current.stored.id).map((round) => roundSummary(round, consortium.openRound));
}

function roundSummary(stored: StoredRound, open: RoundDriver | undefined): RoundSummary {
  const { round, cohort, openedAtMs } = stored;
  if (stored.end === null) return { round, cohort, openedAtMs, ...openSummary(stored, open) };
  const { result, closedAtMs } = stored.end;
  const { outcome, culprits, modelHash } = result.closed;
  return {
    round,
    cohort,
    openedAtMs,
    closedAtMs,
    outcome,
    culprits,
    modelHash,
    attempt: result.published?.attempt ?? 0,
    phase: 'closed',
    survivors: result.published?.u3 ?? [],
    aggregateHash: result.published?.aggregateHash ?? null,
  };
}

function openSummary({ id, modelHash }: StoredRound, open: RoundDriver | undefined) {
  const state = open?.round.id === id ? open.state : ({ phase: 'idle' } as const);
  const published = 'published' in state ? state.published : null;
  return {
    attempt: 'attempt' in state ? state.attempt : (published?.attempt ?? 0),
    phase: state.phase,
    survivors: published?.u3 ?? ('confirmRequest' in state ? state.confirmRequest.closing.sites : []),
    outcome: null,
    culprits: 'culprits' in state ? state.culprits : [],
    modelHash,
    aggregateHash: published?.aggregateHash ?? null,
    closedAtMs: null,
  };
}

function status(world: OperatorWorld): Status {
  const { desk, members, rounds, consortium, ports, consortiumName } = world;
  const { current } = desk;
  const stored = current === undefined ? [] : rounds.ofPlan(current.stored.id);
  const ends = stored.flatMap(({ end }) => (end === null ? [] : [end.result.closed.outcome]));
  return {
    consortium: consortiumName,
    mainPort: ports.main,
    enrolmentPort: ports.enrolment,
    enrolledCount: members.all().length,
    connectedCount: consortium.connected.size,
    approvedCount: desk.approvals.size,
    planHash: current?.stored.planHash ?? null,
    roundsPlanned: current?.plan.rounds ?? 0,
    roundsClosed: ends.length,
    roundsAccepted: ends.filter((outcome) => outcome === 'accepted').length,
    openRound: consortium.openRound?.round.round ?? null,
    waitingFor: consortium.waitingFor,
  };
}

function sites({ desk, members, consortium }: OperatorWorld): readonly SiteSummary[] {
  const rostered = new Set(desk.current?.roster.sites.map(({ site }) => site));
  const { approvals } = desk;
  const { connected } = consortium;
  return members
    .all()
    .map(({ site, identityKey, sealingKey, tlsKeyHash, enrolledAtMs, expiresAtMs }) => ({
      site,
      identityKey,
      sealingKey,
      tlsKeyHash,
      enrolledAtMs,
      certificateExpiresAtMs: expiresAtMs,
      connected: connected.has(site),
      rostered: rostered.has(site),
      approved: approvals.has(site),
    }))
    .toSorted((a, b) => bySiteId(a.site, b.site));
}
