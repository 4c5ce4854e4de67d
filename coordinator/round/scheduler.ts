/**
 * Keeps the schedule of the current plan: looks again when something has changed or the time has come, asks for the data key
 * of the round that is next, and opens that round when `schedule` decides so.
 */
import type { Clock } from './clock.ts';
import type { EncryptionDesk } from './encryption-desk.ts';
import type { PlanDesk } from './plan-desk.ts';
import type { ReadPlan } from './round-config.ts';
import type { RoundDesk } from './round-desk.ts';
import { decide, hasEnough } from './schedule.ts';
import type { Decision, Standing } from './schedule.ts';
import type { Sessions } from './sessions.ts';

/** What the schedule depends on. */
export interface SchedulerWorld {
  readonly clock: Clock;
  readonly desk: PlanDesk;
  readonly rounds: RoundDesk;
  readonly sessions: Sessions;
  /** That of the current plan, if it asks for encryption. */
  readonly encryption: () => EncryptionDesk | undefined;
  /** The journal or the disk failed: the program has to stop. */
  readonly stop: (error: unknown) => void;
}

export class Scheduler {
  readonly #world: SchedulerWorld;
  #enoughSinceMs: number | null = null;
  #decision: Decision = { kind: 'wait', why: 'a plan' };
  #callOff: () => void = () => undefined;
  #halted = false;

  constructor(world: SchedulerWorld) {
    this.#world = world;
  }

  /** What is waited for before the next round; empty while one is open. */
  get waitingFor(): string {
    return this.#world.rounds.openRound === undefined && 'why' in this.#decision ? this.#decision.why : '';
  }

  /** Opens the next round if it is time, or asks again when it may be. */
  update(): void {
    this.#callOff();
    const { current } = this.#world.desk;
    if (current === undefined || this.#halted) return;
    this.#needKey(current);
    if (this.#world.rounds.openRound !== undefined) return;
    this.#decision = decide(this.#standing(current));
    if (this.#decision.kind === 'open') this.#openRound(current, this.#decision);
    if (this.#decision.kind === 'waitUntil') this.#updateAt(this.#decision.atMs);
  }

  /** Updates after what is being done now. */
  updateSoon(): void {
    this.#updateAt(this.#world.clock.now());
  }

  /** No round opens after this. */
  halt(): void {
    this.#halted = true;
    this.#callOff();
  }

  #updateAt(atMs: number): void {
    this.#callOff = this.#world.clock.at(atMs, () => {
      try {
        this.update();
      } catch (error) {
        this.#world.stop(error);
      }
    });
  }

  #standing(current: ReadPlan): Standing {
    const { clock, desk, rounds, sessions, encryption } = this.#world;
    const nowMs = clock.now();
    const standing = {
      plan: current.plan,
      roster: current.roster,
      approved: new Set(desk.approvals.keys()),
      refused: new Set(desk.refusals.keys()),
      connected: sessions.connected,
      keyed: encryption()?.keyed ?? null,
      roundsClosed: rounds.closedCount(current),
      nowMs,
      enoughSinceMs: this.#enoughSinceMs,
    };
    this.#enoughSinceMs = hasEnough(standing) ? (this.#enoughSinceMs ?? nowMs) : null;
    return { ...standing, enoughSinceMs: this.#enoughSinceMs };
  }

  #openRound(current: ReadPlan, decision: Extract<Decision, { kind: 'open' }>): void {
    const round = this.#world.rounds.open(current, decision);
    this.#enoughSinceMs = null;
    round.start();
  }

  /** > Which epoch is needed follows from the round: the open one, or the next. */
  #needKey(current: ReadPlan): void {
    const { desk, rounds } = this.#world;
    const encryption = this.#world.encryption();
    if (encryption === undefined || desk.approvals.size < current.roster.approvalQuorum) return;
    const next = Math.min(current.plan.rounds, rounds.closedCount(current) + 1);
    encryption.need(rounds.openRound?.round.round ?? next);
  }
}
