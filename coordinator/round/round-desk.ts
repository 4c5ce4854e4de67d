/**
 * The rounds of the current plan: the open one, and the one before it for what comes late. Opens them when it is told to,
 * takes them up after a restart, and writes down how they end.
 */
import { UsageError } from '#shared/errors';
import type { SiteMessage } from '#shared/secagg/types';
import { fromHex } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import type { ClosedRound } from '#shared/wire/types';
import type { KeyStore } from '../store/keys.ts';
import type { StoredRound } from '../store/rounds.ts';
import { RoundDriver } from './driver.ts';
import type { RoundNotice, RoundWorld } from './driver.ts';
import { keyHashOfRound } from './key-driver.ts';
import { deadlineMs, roundConfig } from './round-config.ts';
import type { ReadPlan } from './round-config.ts';
import type { Decision } from './schedule.ts';

/** What the rounds reach of the world. */
export interface RoundDeskWorld extends RoundWorld {
  readonly keys: KeyStore;
  /** MUST NOT be logged. */
  readonly identitySeed: Uint8Array;
  /** For how many rounds uploads are kept after their sum. */
  readonly keepUploadRounds: number;
  readonly notice: (notice: RoundDeskNotice) => void;
  /** A round is over and written down; these sites were in it. */
  readonly ended: (cohort: readonly SiteId[], end: ClosedRound) => void;
}
/** What an operator may want to see. */
export type RoundDeskNotice =
  | RoundNotice
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

export class RoundDesk {
  readonly #world: RoundDeskWorld;
  /** The open round. */
  #open: RoundDriver | undefined;
  /** The round before it, for what comes late. */
  #last: RoundDriver | undefined;

  constructor(world: RoundDeskWorld) {
    this.#world = world;
  }

  get openRound(): RoundDriver | undefined {
    return this.#open;
  }

  /** Takes up the last round of the plan: one that was open when the program stopped goes on. */
  takeUp(current: ReadPlan): void {
    const stored = this.#world.rounds.ofPlan(current.stored.id).at(-1);
    if (stored === undefined) return;
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

  /** Writes down that a round is open; it begins when its driver is started. */
  open(current: ReadPlan, { round, cohort }: Extract<Decision, { kind: 'open' }>): RoundDriver {
    const { rounds, clock, notice } = this.#world;
    const planId = current.stored.id;
    const modelHash = rounds.ofPlan(planId).at(-1)?.end?.result.closed.modelHash ?? initialModelHash(current);
    const stored = rounds.open({ planId, round, cohort, modelHash, openedAtMs: clock.now() });
    notice({ kind: 'roundOpened', round, cohort });
    this.#open = this.#driver(current, stored);
    return this.#open;
  }

  /** How many rounds of the plan are closed, whatever came of them. */
  closedCount({ stored }: ReadPlan): number {
    return this.#world.rounds.closedCount(stored.id);
  }

  /** Tells a site that has come what it waits for. */
  greet(site: SiteId): void {
    if (this.#open?.round.cohort.includes(site) === true) this.#open.handle({ kind: 'connected', site });
    else this.#last?.greetAfterEnd(site);
  }

  /** The round that a message is for: a vote that comes after the next round has opened is the last round's. */
  roundOf(message: SiteMessage): RoundDriver | undefined {
    return this.#last?.isOfItsSum(message) === true ? this.#last : (this.#open ?? this.#last);
  }

  /** Ends the open round. @throws UsageError (notFound) if none is open. */
  cancel(): number {
    if (this.#open === undefined) throw new UsageError('notFound', 'no round is open: there is nothing to cancel');
    const { round } = this.#open.round;
    this.#open.handle({ kind: 'cancelled' });
    return round;
  }

  /** Another plan is the current one: nothing that comes late is of its rounds. */
  forgetLast(): void {
    this.#last = undefined;
  }

  /** Nothing happens after this; what is open goes on at the next start. */
  halt(): void {
    this.#open?.halt();
  }

  #driver(current: ReadPlan, stored: StoredRound): RoundDriver {
    const { keys, identitySeed } = this.#world;
    const keyHash = keyHashOfRound(keys, current, stored.round);
    const driver: RoundDriver = new RoundDriver(
      stored,
      roundConfig(current, stored, keyHash, identitySeed),
      this.#world,
      (phase) => deadlineMs(current.plan, phase),
      (end) => {
        this.#ended(current, driver, end);
      },
    );
    return driver;
  }

  /** The end is written down beside the journal, from which it follows. */
  #ended(current: ReadPlan, driver: RoundDriver, end: ClosedRound): void {
    const { rounds, clock, notice, ended } = this.#world;
    const { id, round, cohort } = driver.round;
    rounds.close(id, end, clock.now());
    if (this.#open === driver) this.#open = undefined;
    this.#last = driver;
    const { outcome, culprits } = end.closed;
    notice({ kind: 'roundClosed', round, outcome, survivors: end.published?.u3 ?? [], culprits });
    this.#deleteOldUploads(current, round);
    if (round >= current.plan.rounds) notice({ kind: 'finished', rounds: round });
    ended(cohort, end);
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
