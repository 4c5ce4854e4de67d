/** The handlers of `SiteService`. The sender of everything is whom the certificate names. */
import type { ServerUnaryCall, UntypedServiceImplementation, handleBidiStreamingCall } from '@grpc/grpc-js';
import type { Crypto } from '#shared/crypto/types';
import { ProtocolError } from '#shared/errors';
import type { SiteId } from '#shared/util/ids';
import * as decode from '#shared/wire/decode';
import * as keys from '#shared/wire/decode-keys';
import * as encode from '#shared/wire/encode';
import { encodeSnapshotChunk } from '#shared/wire/encode-keys';
import type { ClosedRound } from '#shared/wire/types';
import type { Clock } from '../round/clock.ts';
import type { Consortium } from '../round/consortium.ts';
import type { PlanDesk } from '../round/plan-desk.ts';
import type { AggregateStore } from '../store/aggregates.ts';
import type { MemberStore } from '../store/members.ts';
import type { RoundStore } from '../store/rounds.ts';
import type { SnapshotStore } from '../store/snapshots.ts';
import type { UploadStore } from '../store/uploads.ts';
import { clientStream, serverStream, unary } from './calls.ts';
import type { OnError } from './calls.ts';
import type { ReceiveWindows } from './flow-control.ts';
import { aggregatePieceBytes, bulkStreams, bulkTurnMs } from './limits.ts';
import { siteOf } from './peer.ts';
import { serveSession } from './session.ts';
import { toStatus } from './status.ts';
import { Turnstile } from './turnstile.ts';
import { receiveSnapshot, snapshotStatus, snapshotChunks } from './snapshot.ts';
import { receiveUpload, uploadStatus } from './upload.ts';

/** What the services work with. */
export interface ServiceWorld {
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly consortium: Consortium;
  readonly desk: PlanDesk;
  readonly members: MemberStore;
  readonly rounds: RoundStore;
  readonly uploads: UploadStore;
  readonly aggregates: AggregateStore;
  readonly snapshots: SnapshotStore;
  readonly windows: ReceiveWindows;
  readonly onError: OnError;
}

/** One handler for each method of `SiteService`. */
export function siteHandlers(world: ServiceWorld): UntypedServiceImplementation {
  const { consortium, desk, members, uploads, aggregates, windows, onError } = world;
  const uploadDesk = { consortium, uploads, turnstile: bulkTurnstile(world), windows };
  const downloads = bulkTurnstile(world);
  const snapshotDesk = { ...world, turnstile: uploadDesk.turnstile, planId: () => currentPlanId(desk) };
  const bySite = (handle: (site: SiteId, request: Uint8Array) => Uint8Array | Promise<Uint8Array>) =>
    unary(onError, (request, call: ServerUnaryCall<Uint8Array, Uint8Array>) => handle(siteOf(call, members), request));
  return {
    session: session(world),
    uploadStatus: bySite(async (site, request) =>
      encode.encodeUploadStatus(await uploadStatus(uploadDesk, site, decode.decodeUploadStatusRequest(request))),
    ),
    upload: clientStream(onError, async (call) => receiveUpload(uploadDesk, siteOf(call, members), call)),
    fetchAggregate: serverStream(onError, async (call, send) => {
      const site = siteOf(call, members);
      const { round, offset } = decode.decodeAggregateRequest(call.request);
      const planId = currentPlanId(desk);
      await downloads.pass(site, async (turn) => {
        let at = offset;
        for await (const data of aggregates.read(planId, round, offset, aggregatePieceBytes)) {
          await send(encode.encodeAggregatePiece({ offset: at, data }));
          turn.goOn();
          at += data.length;
        }
      });
    }),
    snapshotStatus: bySite(async (site, request) =>
      encode.encodeUploadStatus(await snapshotStatus(snapshotDesk, site, keys.decodeSnapshotStatusRequest(request))),
    ),
    uploadSnapshot: clientStream(onError, async (call) => receiveSnapshot(snapshotDesk, siteOf(call, members), call)),
    fetchSnapshot: serverStream(onError, async (call, send) => {
      const site = siteOf(call, members);
      const firstIndex = keys.decodeSnapshotRequest(call.request);
      await downloads.pass(site, async (turn) => {
        for await (const chunk of snapshotChunks(snapshotDesk, site, firstIndex)) {
          await send(encodeSnapshotChunk(chunk));
          turn.goOn();
        }
      });
    }),
    getPlan: bySite((_, request) => {
      decode.decodeEmpty(request);
      return encode.encodeCurrentPlan(desk.forSites());
    }),
    getRounds: bySite((_, request) => encode.encodeClosedRounds(closedRounds(world, decode.decodeGetRounds(request)))),
    submitApproval: bySite((site, request) => {
      consortium.approve(site, decode.decodeApproval(request));
      return encode.encodeKept();
    }),
    submitRefusal: bySite((site, request) => {
      consortium.refuse(site, decode.decodePlanRefusal(request));
      return encode.encodeKept();
    }),
  };
}

function session({
  clock,
  consortium,
  members,
  onError,
}: ServiceWorld): handleBidiStreamingCall<Uint8Array, Uint8Array> {
  const world = { consortium, largeSends: bulkTurnstile({ clock }), onError };
  return (call) => {
    try {
      serveSession(call, siteOf(call, members), world);
    } catch (error) {
      onError(error);
      call.emit('error', toStatus(error));
    }
  };
}

function bulkTurnstile({ clock }: Pick<ServiceWorld, 'clock'>): Turnstile {
  return new Turnstile({ places: bulkStreams, turnMs: bulkTurnMs, clock });
}

/** At most as many as fit one message; a site asks again from where they end. */
function closedRounds({ desk, rounds }: ServiceWorld, firstRound: number): readonly ClosedRound[] {
  const closed = rounds.ofPlan(currentPlanId(desk)).filter(({ round }) => round >= firstRound);
  return closed.flatMap(({ end }) => (end === null ? [] : [end.result])).slice(0, 100);
}

function currentPlanId({ current }: PlanDesk): number {
  if (current !== undefined) return current.stored.id;
  throw new ProtocolError('planNotApproved', 'no plan is proposed yet');
}
