/**
 * The coordinator at work: sites come and go, plans are approved, and one round after the other is opened and driven. It
 * decides when a round opens (`schedule`); what happens in it the round's machine decides.
 */
import type { Crypto } from '#shared/crypto/types';
import { UsageError } from '#shared/errors';
import type { PlanApproval } from '#shared/governance/types';
import { fromHex } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import { isSiteKeyMessage } from '#shared/wire/about-keys';
import type { ClosedRound, FromSite, PlanRefusal } from '#shared/wire/types';
import type { AggregateStore } from '../store/aggregates.ts';
import type { KeyStore } from '../store/keys.ts';
import type { RoundStore } from '../store/rounds.ts';
import type { SnapshotStore } from '../store/snapshots.ts';
import type { UploadStore } from '../store/uploads.ts';
import type { Clock } from './clock.ts';
import { RoundDriver } from './driver.ts';
import type { RoundNotice } from './driver.ts';
import { EncryptionDesk } from './encryption-desk.ts';
import type { EncryptionNotice, EncryptionWorld } from './encryption-desk.ts';
import { keyHashOfRound } from './key-driver.ts';
import type { PlanDesk } from './plan-desk.ts';
import { deadlineMs, roundConfig } from './round-config.ts';
import type { ReadPlan } from './round-config.ts';
import { decide, hasEnough } from './schedule.ts';
import type { Decision, Standing } from './schedule.ts';
import { Sessions } from './sessions.ts';
import type { Session } from './sessions.ts';

/** What the coordinator is made of. */
export interface ConsortiumWorld {
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly desk: PlanDesk;
  readonly rounds: RoundStore;
  readonly uploads: UploadStore;
  readonly aggregates: AggregateStore;
  readonly keys: KeyStore;
  readonly snapshots: SnapshotStore;
  /** MUST NOT be logged. */
  readonly identitySeed: Uint8Array;
  /** For how many rounds uploads are kept after their sum. */
  readonly keepUploadRounds: number;
  readonly notice: (notice: Notice) => void;
  /** The journal or the disk failed: the program has to stop. */
  readonly stop: (error: unknown) => void;
}
/** What an operator may want to see. */
export type Notice =
  | RoundNotice
  | EncryptionNotice
  | { readonly kind: 'connected' | 'disconnected'; readonly site: SiteId }
  | { readonly kind: 'roundOpened'; readonly round: number; readonly cohort: readonly SiteId[] }
  | {
      readonly kind: 'roundClosed';
      readonly round: number;
      readonly outcome: string;
      readonly survivors: readonly SiteId[];
      /** Sites proven at fault, among them those that signed another model. */
      readonly culprits: readonly SiteId[];
    }
  | { readonly kind: 'finished'; readonly rounds: number };

export class Consortium {
  readonly #world: ConsortiumWorld;
  readonly #sessions = new Sessions();
  /** The open round. */
  #open: RoundDriver | undefined;
  /** The round before it, for what comes late. */
  #last: RoundDriver | undefined;
  /** Of the current plan, if it asks for encryption. */
  #encryption: EncryptionDesk | undefined;
  #enoughSinceMs: number | null = null;
  #decision: Decision = { kind: 'wait', why: 'a plan' };
  #callOff: () => void = () => undefined;
  #halted = false;

  constructor(world: ConsortiumWorld) {
    this.#world = world;
  }

  /** Takes up the round that was open when the program stopped, and the schedule. */
  start(): void {
    const current = this.#world.desk.current;
    const stored = current === undefined ? undefined : this.#world.rounds.ofPlan(current.stored.id).at(-1);
    this.#openEncryption();
    if (current !== undefined && stored !== undefined) {
      const driver = this.#driver(current, stored);
      this.#deleteOldUploads(current, stored.end === null ? stored.round - 1 : stored.round);
      if (stored.end === null) {
        this.#open = driver;
        driver.start();
      } else {
        this.#last = driver;
        driver.recall();
      }
    }
    this.schedule();
  }

  /** Nothing happens after this; what is open goes on at the next start. */
  halt(): void {
    this.#halted = true;
    this.#callOff();
    this.#open?.halt();
    this.#encryption?.halt();
  }

  /** The desk for keys and snapshots of the current plan. @throws UsageError (notFound) if it has no encryption. */
  get encryption(): EncryptionDesk {
    if (this.#encryption !== undefined) return this.#encryption;
    throw new UsageError('notFound', 'the plan has no encryption, so its sites fold every round by themselves');
  }

  get connected(): ReadonlySet<SiteId> {
    return this.#sessions.connected;
  }

  get openRound(): RoundDriver | undefined {
    return this.#open;
  }

  /** What is waited for before the next round; empty while one is open. */
  get waitingFor(): string {
    return this.#open === undefined && 'why' in this.#decision ? this.#decision.why : '';
  }

  /** A session of a site began: it is told what it waits for. */
  connect(site: SiteId, session: Session): void {
    this.#sessions.add(site, session);
    this.#world.notice({ kind: 'connected', site });
    if (this.#open?.round.cohort.includes(site) === true) this.#open.handle({ kind: 'connected', site });
    else this.#last?.greetAfterEnd(site);
    this.schedule();
  }

  disconnect(site: SiteId, session: Session): void {
    if (!this.#sessions.remove(site, session) || this.#halted) return;
    this.#world.notice({ kind: 'disconnected', site });
    this.#encryption?.disconnected(site);
    this.schedule();
  }

  /** A message of the site that the certificate names. A vote that comes after the next round has opened is the last round's. */
  receive(from: SiteId, message: FromSite): void {
    if (isSiteKeyMessage(message)) {
      this.#encryption?.receive(from, message);
      return;
    }
    const driver = this.#last?.isOfItsSum(message) === true ? this.#last : (this.#open ?? this.#last);
    if (driver === undefined) this.#sessions.send(from, { kind: 'messageRefused', round: 1, code: 'wrongPhase' });
    else driver.handle({ kind: 'received', from, message });
  }

  approve(site: SiteId, approval: PlanApproval): void {
    this.#world.desk.approve(site, approval);
    this.schedule();
  }

  refuse(site: SiteId, refusal: PlanRefusal): void {
    this.#world.desk.refuse(site, refusal);
    this.schedule();
  }

  /** @throws as `PlanDesk.propose`. */
  propose(text: string): ReadPlan {
    const before = this.#world.desk.current;
    const current = this.#world.desk.propose(text, this.#world.clock.now());
    if (current !== before) {
      this.#last = undefined;
      this.#openEncryption();
    }
    this.schedule();
    return current;
  }

  /** Ends the open round; the next one opens by the schedule. @throws UsageError (notFound) if none is open. */
  cancelRound(): number {
    if (this.#open === undefined) throw new UsageError('notFound', 'no round is open: there is nothing to cancel');
    const { round } = this.#open.round;
    this.#open.handle({ kind: 'cancelled' });
    return round;
  }

  /** Opens the next round if it is time, or asks again when it may be. */
  schedule(): void {
    this.#callOff();
    const current = this.#world.desk.current;
    if (current === undefined || this.#halted) return;
    this.#needKey(current);
    if (this.#open !== undefined) return;
    this.#decision = decide(this.#standing(current));
    if (this.#decision.kind === 'open') this.#openRound(current, this.#decision);
    if (this.#decision.kind === 'waitUntil') this.#later(this.#decision.atMs);
  }

  #later(atMs: number): void {
    this.#callOff = this.#world.clock.at(atMs, () => {
      try {
        this.schedule();
      } catch (error) {
        this.#world.stop(error);
      }
    });
  }

  #standing({ stored, plan, roster }: ReadPlan): Standing {
    const { desk, rounds, clock } = this.#world;
    const nowMs = clock.now();
    const standing = {
      plan,
      roster,
      approved: new Set(desk.approvals.keys()),
      refused: new Set(desk.refusals.keys()),
      connected: this.#sessions.connected,
      keyed: this.#encryption?.keyed ?? null,
      roundsClosed: rounds.ofPlan(stored.id).filter(({ end }) => end !== null).length,
      nowMs,
      enoughSinceMs: this.#enoughSinceMs,
    };
    this.#enoughSinceMs = hasEnough(standing) ? (this.#enoughSinceMs ?? nowMs) : null;
    return { ...standing, enoughSinceMs: this.#enoughSinceMs };
  }

  #openRound(current: ReadPlan, { round, cohort }: Extract<Decision, { kind: 'open' }>): void {
    const { rounds, clock, notice } = this.#world;
    const planId = current.stored.id;
    const modelHash = rounds.ofPlan(planId).at(-1)?.end?.result.closed.modelHash ?? initialModelHash(current);
    const stored = rounds.open({ planId, round, cohort, modelHash, openedAtMs: clock.now() });
    notice({ kind: 'roundOpened', round, cohort });
    this.#enoughSinceMs = null;
    this.#open = this.#driver(current, stored);
    this.#open.start();
  }

  /** The desk for the keys and the snapshots of the current plan, from what is stored. */
  #openEncryption(): void {
    this.#encryption?.halt();
    const { current } = this.#world.desk;
    const send: EncryptionWorld['send'] = (to, message) => {
      this.#sessions.send(to, message);
    };
    const changed = (): void => {
      this.schedule();
    };
    this.#encryption = current && EncryptionDesk.open(current, { ...this.#world, send, changed });
  }

  /** > Which epoch is needed follows from the round: the open one, or the next. */
  #needKey({ stored, plan, roster }: ReadPlan): void {
    if (this.#encryption === undefined || this.#world.desk.approvals.size < roster.approvalQuorum) return;
    const closed = this.#world.rounds.ofPlan(stored.id).filter(({ end }) => end !== null).length;
    this.#encryption.need(this.#open?.round.round ?? Math.min(plan.rounds, closed + 1));
  }

  #driver(current: ReadPlan, stored: ConstructorParameters<typeof RoundDriver>[0]): RoundDriver {
    const world = {
      ...this.#world,
      send: (to: SiteId, message: Parameters<Sessions['send']>[1]) => {
        this.#sessions.send(to, message);
      },
    };
    const keyHash = keyHashOfRound(this.#world.keys, current, stored.round);
    const config = roundConfig(current, stored, keyHash, this.#world.identitySeed);
    const driver: RoundDriver = new RoundDriver(
      stored,
      config,
      world,
      (phase) => deadlineMs(current.plan, phase),
      (end) => {
        this.#ended(current, driver, end);
      },
    );
    return driver;
  }

  /** The end is written down beside the journal, from which it follows. */
  #ended(current: ReadPlan, driver: RoundDriver, end: ClosedRound): void {
    const { rounds, clock, notice } = this.#world;
    const { round } = driver.round;
    rounds.close(driver.round.id, end, clock.now());
    if (this.#open === driver) this.#open = undefined;
    this.#last = driver;
    const { outcome, culprits } = end.closed;
    notice({ kind: 'roundClosed', round, outcome, survivors: end.published?.u3 ?? [], culprits });
    this.#deleteOldUploads(current, round);
    if (round >= current.plan.rounds) notice({ kind: 'finished', rounds: round });
    this.#tellOthers(driver, end);
    this.#later(clock.now()); // after this event's other effects, so that sites hear of the end first
  }

  /** Sites that came while the round was open were not in its cohort, and no round may come after it. */
  #tellOthers({ round: { cohort } }: RoundDriver, { closed }: ClosedRound): void {
    for (const site of this.#sessions.connected) if (!cohort.includes(site)) this.#sessions.send(site, closed);
  }

  /** Of the round that is too old now that this one is closed; again after a restart, for it may have been cut off. */
  #deleteOldUploads({ stored }: ReadPlan, closedRound: number): void {
    const { uploads, keepUploadRounds, stop } = this.#world;
    const old = closedRound - keepUploadRounds;
    if (old >= 1) uploads.deleteRound(stored.id, old).catch(stop);
  }
}

function initialModelHash({ plan }: ReadPlan): Uint8Array {
  const hash = fromHex(plan.program.initialModelHash);
  if (hash !== undefined) return hash;
  throw new UsageError('badPlan', 'program.initialModelHash: is not hex'); // parsePlan has checked it
}
