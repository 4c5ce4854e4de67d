/**
 * The coordinator at work: what comes from outside, sites and their messages, plans and what the operator asks, goes from
 * here to what decides over it: the plans (`plan-desk`), when the next round opens (`scheduler`), the rounds (`round-desk`),
 * keys and snapshots (`encryption-desk`).
 */
import type { Crypto } from '#shared/crypto/types';
import { UsageError } from '#shared/errors';
import type { PlanApproval } from '#shared/governance/types';
import type { SiteId } from '#shared/util/ids';
import { isSiteKeyMessage } from '#shared/wire/about-keys';
import type { ClosedRound, FromSite, PlanRefusal, ToSite } from '#shared/wire/types';
import type { AggregateStore } from '../store/aggregates.ts';
import type { KeyStore } from '../store/keys.ts';
import type { RoundStore } from '../store/rounds.ts';
import type { SnapshotStore } from '../store/snapshots.ts';
import type { UploadStore } from '../store/uploads.ts';
import type { Clock } from './clock.ts';
import type { RoundDriver } from './driver.ts';
import { EncryptionDesk } from './encryption-desk.ts';
import type { EncryptionNotice } from './encryption-desk.ts';
import type { PlanDesk } from './plan-desk.ts';
import type { ReadPlan } from './round-config.ts';
import { RoundDesk } from './round-desk.ts';
import type { RoundDeskNotice } from './round-desk.ts';
import { Scheduler } from './scheduler.ts';
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
  RoundDeskNotice | EncryptionNotice | { readonly kind: 'connected' | 'disconnected'; readonly site: SiteId };

export class Consortium {
  readonly #world: ConsortiumWorld;
  readonly #sessions = new Sessions();
  readonly #send = (to: SiteId, message: ToSite): void => {
    this.#sessions.send(to, message);
  };
  readonly #rounds: RoundDesk;
  readonly #scheduler: Scheduler;
  /** Of the current plan, if it asks for encryption. */
  #encryption: EncryptionDesk | undefined;
  #halted = false;

  constructor(world: ConsortiumWorld) {
    this.#world = world;
    this.#rounds = new RoundDesk({
      ...world,
      send: this.#send,
      ended: (cohort, end) => {
        this.#roundEnded(cohort, end);
      },
    });
    const { clock, desk, stop } = world;
    const encryption = (): EncryptionDesk | undefined => this.#encryption;
    this.#scheduler = new Scheduler({ clock, desk, rounds: this.#rounds, sessions: this.#sessions, encryption, stop });
  }

  /** Takes up the round that was open when the program stopped, and the schedule. */
  start(): void {
    const { current } = this.#world.desk;
    this.#openEncryption();
    if (current !== undefined) this.#rounds.takeUp(current);
    this.#scheduler.update();
  }

  /** Nothing happens after this; what is open goes on at the next start. */
  halt(): void {
    this.#halted = true;
    this.#scheduler.halt();
    this.#rounds.halt();
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
    return this.#rounds.openRound;
  }

  /** What is waited for before the next round; empty while one is open. */
  get waitingFor(): string {
    return this.#scheduler.waitingFor;
  }

  /** A session of a site began: it is told what it waits for. */
  connect(site: SiteId, session: Session): void {
    this.#sessions.add(site, session);
    this.#world.notice({ kind: 'connected', site });
    this.#rounds.greet(site);
    this.#scheduler.update();
  }

  disconnect(site: SiteId, session: Session): void {
    if (!this.#sessions.remove(site, session) || this.#halted) return;
    this.#world.notice({ kind: 'disconnected', site });
    this.#encryption?.disconnected(site);
    this.#scheduler.update();
  }

  /** A message of the site that the certificate names. */
  receive(from: SiteId, message: FromSite): void {
    if (isSiteKeyMessage(message)) {
      this.#encryption?.receive(from, message);
      return;
    }
    const round = this.#rounds.roundOf(message);
    if (round === undefined) this.#sessions.send(from, { kind: 'messageRefused', round: 1, code: 'wrongPhase' });
    else round.handle({ kind: 'received', from, message });
  }

  approve(site: SiteId, approval: PlanApproval): void {
    this.#world.desk.approve(site, approval);
    this.#scheduler.update();
  }

  refuse(site: SiteId, refusal: PlanRefusal): void {
    this.#world.desk.refuse(site, refusal);
    this.#scheduler.update();
  }

  /** @throws as `PlanDesk.propose`. */
  propose(text: string): ReadPlan {
    const before = this.#world.desk.current;
    const current = this.#world.desk.propose(text, this.#world.clock.now());
    if (current !== before) {
      this.#rounds.forgetLast();
      this.#openEncryption();
    }
    this.#scheduler.update();
    return current;
  }

  /** Ends the open round; the next one opens by the schedule. @throws UsageError (notFound) if none is open. */
  cancelRound(): number {
    return this.#rounds.cancel();
  }

  /** The sites hear of the end first: the schedule goes on after the other effects of the event that ended the round. */
  #roundEnded(cohort: readonly SiteId[], { closed }: ClosedRound): void {
    this.#tellOthers(cohort, closed);
    this.#scheduler.updateSoon();
  }

  /** Sites that came while the round was open were not in its cohort, and no round may come after it. */
  #tellOthers(cohort: readonly SiteId[], closed: ClosedRound['closed']): void {
    for (const site of this.#sessions.connected) if (!cohort.includes(site)) this.#sessions.send(site, closed);
  }

  /** The desk for the keys and the snapshots of the current plan, from what is stored. */
  #openEncryption(): void {
    this.#encryption?.halt();
    const { current } = this.#world.desk;
    const changed = (): void => {
      this.#scheduler.update();
    };
    this.#encryption = current && EncryptionDesk.open(current, { ...this.#world, send: this.#send, changed });
  }
}
