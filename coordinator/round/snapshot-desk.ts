/**
 * Who cannot come to the current model by itself, and who is asked to give it a snapshot: a connected site that has folded
 * the last accepted round. The coordinator carries what it cannot read; whether it is the model is for its recipient.
 */
import type { Crypto } from '#shared/crypto/types';
import { ProtocolError } from '#shared/errors';
import { manifestLength } from '#shared/model/manifest';
import { needsSnapshot, snapshotByteLength } from '#shared/secagg/keys/snapshot';
import { snapshotProblem } from '#shared/secagg/keys/record';
import type { CoordinatorKeyMessage, Holding, KeyRefusal, KeyStudy, SnapshotRecord } from '#shared/secagg/keys/types';
import { bySiteId } from '#shared/util/ids';
import type { SiteId } from '#shared/util/ids';
import type { RoundStore } from '../store/rounds.ts';
import type { SnapshotStore } from '../store/snapshots.ts';
import type { Clock } from './clock.ts';
import type { ReadPlan } from './round-config.ts';

/** What the desk reaches of the world. */
export interface SnapshotWorld {
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly rounds: RoundStore;
  readonly snapshots: SnapshotStore;
  readonly send: (to: SiteId, message: CoordinatorKeyMessage) => void;
  readonly notice: (notice: SnapshotNotice) => void;
  readonly stop: (error: unknown) => void;
}
export interface SnapshotNotice {
  readonly kind: 'snapshotWanted' | 'snapshotComplete';
  readonly maker: SiteId;
  readonly recipient: SiteId;
}
/** What the desk for the keys knows. */
export interface KeyStanding {
  readonly epoch: number;
  /** Sites for which the key of this epoch is here, sealed. */
  readonly recipients: ReadonlySet<SiteId>;
  readonly holdings: ReadonlyMap<SiteId, Holding>;
}

/** A maker that was asked for one site's snapshot. */
interface Asked {
  readonly maker: SiteId;
  /** Chunks have come since time was last looked at. */
  progressed: boolean;
  callOff: () => void;
}

/** What has been: a closed round stays as it is. */
interface Past {
  readonly closedCount: number;
  /** Rounds whose model was accepted. */
  readonly accepted: readonly number[];
}

export class SnapshotDesk {
  readonly #study: KeyStudy;
  readonly #planId: number;
  readonly #maxByteLength: number;
  readonly #stepMs: number;
  readonly #world: SnapshotWorld;
  /** By recipient. */
  readonly #asked = new Map<SiteId, Asked>();
  readonly #failed = new Map<SiteId, ReadonlySet<SiteId>>();
  /** Sites that were told of their snapshot since they said what they have. */
  readonly #told = new Set<SiteId>();
  /** Sites whose old chunks are being removed. */
  readonly #deleting = new Set<SiteId>();
  #past: Past = { closedCount: 0, accepted: [] };
  #keys: KeyStanding = { epoch: 0, recipients: new Set(), holdings: new Map() };
  #lagging: ReadonlySet<SiteId> = new Set();

  constructor(study: KeyStudy, { stored, plan }: ReadPlan, world: SnapshotWorld) {
    this.#study = study;
    this.#planId = stored.id;
    this.#maxByteLength = snapshotByteLength(3 * manifestLength(plan.model));
    this.#stepMs = plan.schedule.phaseMs;
    this.#world = world;
  }

  /** Connected sites that cannot come to the current model by what they have. */
  get lagging(): ReadonlySet<SiteId> {
    return this.#lagging;
  }

  /** This site says what it has: it may have to be told again. */
  heard(site: SiteId): void {
    this.#told.delete(site);
  }

  /** Somebody has come, gone or said more of itself, or a round has closed. */
  update(keys: KeyStanding): void {
    this.#keys = keys;
    const { closedCount, accepted } = this.#pastNow();
    const isOver = closedCount >= this.#study.rounds; // nobody holds the last key any more then
    const lags = (site: SiteId, holding: Holding): boolean => {
      const openEpoch = isOver && !keys.recipients.has(site) ? keys.epoch + 1 : keys.epoch;
      return needsSnapshot(this.#study, holding, accepted, openEpoch);
    };
    this.#lagging = new Set([...keys.holdings].flatMap(([site, holding]) => (lags(site, holding) ? [site] : [])));
    for (const site of this.#asked.keys()) if (!this.#lagging.has(site)) this.#forget(site);
    for (const site of keys.holdings.keys()) {
      if (this.#lagging.has(site)) this.#serve(site, Math.max(...accepted));
      else if (this.#record(site) !== undefined) this.#delete(site);
    }
  }

  /** Chunks of just this snapshot may come from this site now. @throws ProtocolError (wrongPhase) if it was not asked for it. */
  expect(maker: SiteId, record: SnapshotRecord): void {
    const asked = this.#asked.get(record.recipient);
    const isSound =
      snapshotProblem(this.#world.crypto, this.#study, record) === undefined &&
      record.epoch === this.#keys.epoch &&
      record.byteLength > 0 &&
      record.byteLength <= this.#maxByteLength;
    if (asked?.maker !== maker || record.maker !== maker || !isSound) {
      throw new ProtocolError('wrongPhase', `${maker}: this snapshot is not expected now`);
    }
    asked.progressed = true;
  }

  /** All chunks of an expected snapshot are on disk. */
  completed({ maker, recipient }: SnapshotRecord): void {
    this.#world.notice({ kind: 'snapshotComplete', maker, recipient });
    this.#forget(recipient);
    this.update(this.#keys);
  }

  /** > A snapshot that is of no use is dropped, and another site is asked. */
  refused(from: SiteId, { code, sealer }: KeyRefusal): void {
    const maker = this.#record(from)?.maker;
    if (code !== 'badSnapshot' || maker === undefined || maker !== sealer) return;
    this.#fail(from, maker);
    this.#delete(from);
  }

  /** Nothing happens after this. */
  halt(): void {
    for (const site of this.#asked.keys()) this.#forget(site);
  }

  #record(recipient: SiteId): SnapshotRecord | undefined {
    return this.#world.snapshots.complete(this.#planId, recipient);
  }

  #serve(site: SiteId, lastAccepted: number): void {
    if (this.#asked.has(site) || this.#deleting.has(site)) return;
    const record = this.#record(site);
    if (record === undefined) this.#ask(site, lastAccepted);
    else if (record.epoch !== this.#keys.epoch) this.#delete(site);
    else if (!this.#told.has(site)) {
      this.#told.add(site);
      this.#world.send(site, record);
    }
  }

  /** One that has the last accepted model is asked; those that failed come last. */
  #ask(recipient: SiteId, lastAccepted: number): void {
    const able = [...this.#keys.holdings]
      .filter(([site, { modelRound }]) => site !== recipient && modelRound === lastAccepted)
      .map(([site]) => site)
      .sort(bySiteId);
    const maker = able.find((site) => this.#failed.get(recipient)?.has(site) !== true) ?? able[0];
    if (maker === undefined) return; // somebody will fold, or connect
    const asked: Asked = { maker, progressed: false, callOff: () => undefined };
    this.#asked.set(recipient, asked);
    this.#wait(recipient, asked);
    this.#world.notice({ kind: 'snapshotWanted', maker, recipient });
    const { planHash } = this.#study;
    this.#world.send(maker, { kind: 'snapshotWanted', planHash, epoch: this.#keys.epoch, recipient });
  }

  #wait(recipient: SiteId, asked: Asked): void {
    const { clock } = this.#world;
    asked.callOff = clock.at(clock.now() + this.#stepMs, () => {
      if (asked.progressed) {
        asked.progressed = false;
        this.#wait(recipient, asked);
        return;
      }
      this.#fail(recipient, asked.maker);
      this.#delete(recipient);
    });
  }

  /** Read anew only when a round has closed: every round of the plan is decoded for it. */
  #pastNow(): Past {
    const { rounds } = this.#world;
    const closedCount = rounds.closedCount(this.#planId);
    if (closedCount === this.#past.closedCount) return this.#past;
    const accepted = rounds
      .ofPlan(this.#planId)
      .filter(({ end }) => end?.result.closed.outcome === 'accepted')
      .map(({ round }) => round);
    this.#past = { closedCount, accepted };
    return this.#past;
  }

  #fail(recipient: SiteId, maker: SiteId): void {
    this.#failed.set(recipient, new Set([...(this.#failed.get(recipient) ?? []), maker]));
  }

  #forget(recipient: SiteId): void {
    this.#asked.get(recipient)?.callOff();
    this.#asked.delete(recipient);
  }

  /** What there is for a site goes; then it is looked after again. */
  #delete(recipient: SiteId): void {
    if (this.#deleting.has(recipient)) return;
    this.#forget(recipient);
    this.#told.delete(recipient);
    this.#deleting.add(recipient);
    this.#world.snapshots
      .delete(this.#planId, recipient)
      .then(() => {
        this.#deleting.delete(recipient);
        this.update(this.#keys);
      })
      .catch(this.#world.stop);
  }
}
