/**
 * A coordinator: the driver of its program, round after round, on a disk, a clock and a wire that are not there. What is
 * repeated here of `coordinator/round/scheduler` and `coordinator/rpc` is when a round opens and what a call answers.
 */
import { RoundDriver } from '#coordinator/round/driver';
import type { RoundWorld } from '#coordinator/round/driver';
import type { StoredRound } from '#coordinator/store/rounds';
import { decodeEvent, encodeEvent } from '#shared/codec/event-json';
import { coordinatorStep, initialCoordinatorState } from '#shared/secagg/coordinator/round';
import { coordinatorEventKinds } from '#shared/secagg/event-kinds';
import type {
  CoordinatorEvent,
  CoordinatorMessage,
  CoordinatorRoundConfig,
  CoordinatorState,
  SiteMessage,
} from '#shared/secagg/types';
import { equalBytes } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import type { ClosedRound } from '#shared/wire/types';
import type { CoordinatorDisk } from './coordinator-disk.ts';
import type { Federation } from './federation.ts';
import { Killed, Steps } from './steps.ts';
import type { Crash } from './steps.ts';
import { deadlineMs, schedule } from './study.ts';

const planId = 1;
/** The second face of a liar waits so many times less. */
const hurry = 15;

/** What may differ from one coordinator to the next. */
export interface CoordinatorTraits {
  /** The second face of a liar: it keeps to no threshold, hurries, ends no round and opens none. */
  readonly isSecond: boolean;
  /** Wrong on purpose, in tests of the simulator. */
  readonly crypto?: RoundWorld['crypto'];
}

export class Coordinator {
  readonly disk: CoordinatorDisk;
  readonly #federation: Federation;
  readonly #traits: CoordinatorTraits;
  readonly #steps: Steps;
  readonly #connected = new Set<SiteId>();
  /** Its timers and promises end with it. */
  #life = 0;
  #open: RoundDriver | undefined;
  #last: RoundDriver | undefined;
  #enoughSinceMs: number | null = null;
  #callOff: () => void = () => undefined;
  #phase: CoordinatorState['phase'] | undefined;

  constructor(federation: Federation, disk: CoordinatorDisk, traits: CoordinatorTraits) {
    this.#federation = federation;
    this.disk = disk;
    this.#traits = traits;
    this.#steps = new Steps(traits.isSecond ? 'second' : 'coordinator', federation.faults, (crash) => {
      this.#killed(crash);
    });
  }

  get isUp(): boolean {
    return !this.#steps.isDead;
  }

  get openRound(): RoundDriver | undefined {
    return this.#open;
  }

  /** As the program does when it starts: the last round, and then the schedule. */
  start(): void {
    const stored = this.disk.rounds.at(-1)?.round;
    if (stored !== undefined) {
      const driver = this.#driver(stored);
      if (stored.end === null) {
        this.#open = driver;
        driver.start();
      } else {
        this.#last = driver;
        driver.recall();
      }
    }
    this.#schedule();
  }

  /** Does nothing any more. */
  stop(): void {
    this.#life += 1;
    this.#steps.end();
  }

  connect(site: SiteId): void {
    this.#connected.add(site);
    if (this.#open?.round.cohort.includes(site) === true) this.#open.handle({ kind: 'connected', site });
    else this.#last?.greetAfterEnd(site);
    this.#schedule();
    this.#noticePhase();
  }

  disconnect(site: SiteId): void {
    this.#connected.delete(site);
    this.#schedule();
  }

  receive(from: SiteId, message: SiteMessage): void {
    const driver = this.#last?.isOfItsSum(message) === true ? this.#last : (this.#open ?? this.#last);
    driver?.handle({ kind: 'received', from, message });
    this.#noticePhase();
  }

  /** Closed rounds from this one on. */
  getRounds(firstRound: number): readonly ClosedRound[] {
    return this.disk.rounds.flatMap(({ round }) =>
      round.end === null || round.round < firstRound ? [] : [round.end.result],
    );
  }

  getAggregate(round: number): Uint8Array | undefined {
    return this.disk.aggregate(round);
  }

  /** Which chunks of an upload are there; `undefined` when it is not expected. */
  async uploadStatus(site: SiteId, round: number, commitment: Uint8Array): Promise<readonly number[] | undefined> {
    const driver = this.#expecting(site, round, commitment);
    const place = driver?.expectedUpload(site)?.place;
    if (driver === undefined || place === undefined) return undefined;
    const present = await this.#uploads.present(place);
    if (present.length === driver.cut.chunkCount) await driver.checkUpload(site);
    this.#noticePhase();
    return present;
  }

  async takeChunk(site: SiteId, round: number, commitment: Uint8Array, index: number, data: Uint8Array): Promise<void> {
    const driver = this.#expecting(site, round, commitment);
    const place = driver?.expectedUpload(site)?.place;
    if (driver === undefined || place === undefined) return;
    if (index >= driver.cut.chunkCount || data.length !== driver.cut.bytesOf(index)) return;
    await this.#uploads.write(place, index, data);
  }

  /** The stream of an upload has ended. */
  async uploadEnded(site: SiteId, round: number, commitment: Uint8Array): Promise<void> {
    const driver = this.#expecting(site, round, commitment);
    if (driver !== undefined) await driver.checkUpload(site);
    this.#noticePhase();
  }

  get #uploads(): ReturnType<CoordinatorDisk['uploadStore']> {
    return this.disk.uploadStore(this.#steps, () => {
      this.#federation.mayBeWorking();
    });
  }

  #expecting(site: SiteId, round: number, commitment: Uint8Array): RoundDriver | undefined {
    const expected = this.#open?.expectedUpload(site);
    if (this.#open?.round.round !== round || expected === undefined) return undefined;
    return equalBytes(expected.commitment, commitment) ? this.#open : undefined;
  }

  /** A round opens when every enrolled site is connected, or a while after a quorum is. */
  #schedule(): void {
    this.#callOff();
    if (this.#open !== undefined || this.#traits.isSecond || !this.isUp) return;
    const { study, timeline } = this.#federation;
    const round = (this.disk.rounds.at(-1)?.round.round ?? 0) + 1;
    if (round > study.rounds) return;
    const cohort = study.names.filter((site) => this.#connected.has(site));
    const hasEnough = cohort.length >= study.parameters.quorum;
    this.#enoughSinceMs = hasEnough ? (this.#enoughSinceMs ?? timeline.nowMs) : null;
    if (this.#enoughSinceMs === null) return;
    const atMs = this.#enoughSinceMs + schedule.waitMs;
    if (cohort.length === study.names.length || timeline.nowMs >= atMs) this.#openRound(round, cohort);
    else this.#scheduleAt(atMs);
  }

  #scheduleAt(atMs: number): void {
    this.#callOff = this.#later(atMs, () => {
      this.#schedule();
    });
  }

  #openRound(round: number, cohort: readonly SiteId[]): void {
    const { study, timeline } = this.#federation;
    const modelHash = this.disk.rounds.at(-1)?.round.end?.result.closed.modelHash ?? study.initialModel;
    const store = this.disk.roundStore(this.#steps);
    const stored = store.open({ planId, round, cohort, modelHash, openedAtMs: timeline.nowMs });
    this.#enoughSinceMs = null;
    this.#open = this.#driver(stored);
    this.#open.start();
  }

  #config(stored: StoredRound): CoordinatorRoundConfig {
    const config = this.#federation.study.coordinatorConfig(stored);
    if (!this.#traits.isSecond) return config;
    return { ...config, parameters: { ...config.parameters, threshold: 2 } };
  }

  #driver(stored: StoredRound): RoundDriver {
    const { timeline, crypto, oracle, study } = this.#federation;
    const life = this.#life;
    const world: RoundWorld = {
      crypto: this.#traits.crypto ?? crypto,
      clock: { now: () => timeline.nowMs, at: (atMs, wake) => this.#deadline(atMs, wake) },
      rounds: this.disk.roundStore(this.#steps),
      uploads: this.#uploads,
      aggregates: this.disk.aggregateStore(this.#steps, (round, bytes) => {
        const { state } = driver;
        if (state.phase === 'summing') oracle.summed(state, round, study.parameters.modulusBits, bytes);
      }),
      send: (to, message) => {
        this.#steps.take();
        this.#send(to, message);
      },
      notice: () => undefined,
      stop: (error) => {
        if (life === this.#life) this.#failed(error);
      },
    };
    const driver: RoundDriver = new RoundDriver(
      stored,
      this.#config(stored),
      world,
      (phase) => this.#lasts(phase),
      (end) => {
        this.#ended(driver, end);
      },
    );
    return driver;
  }

  #lasts(phase: Parameters<typeof deadlineMs>[0]): number {
    return this.#traits.isSecond ? deadlineMs(phase) / hurry : deadlineMs(phase);
  }

  #deadline(atMs: number, wake: () => void): () => void {
    const lateMs = this.#traits.isSecond ? 0 : this.#federation.lateness();
    return this.#later(atMs + lateMs, () => {
      wake();
      this.#noticePhase();
    });
  }

  #later(atMs: number, work: () => void): () => void {
    const life = this.#life;
    return this.#federation.timeline.at(atMs, () => {
      if (life !== this.#life) return;
      this.attempt(work);
    });
  }

  #send(to: SiteId, message: CoordinatorMessage): void {
    if (this.#traits.isSecond && message.kind === 'roundClosed') return; // it leads sites on as long as it can
    if (this.#connected.has(to)) this.#federation.down(this, to, message);
  }

  #ended(driver: RoundDriver, end: ClosedRound): void {
    const { timeline, oracle } = this.#federation;
    this.#checkFold(driver);
    this.disk.roundStore(this.#steps).close(driver.round.id, end, timeline.nowMs);
    oracle.named(end.closed);
    if (this.#open === driver) this.#open = undefined;
    this.#last = driver;
    for (const site of this.#connected) if (!driver.round.cohort.includes(site)) this.#send(site, end.closed);
    this.#scheduleAt(timeline.nowMs);
  }

  /** Runs a piece of work; that the program is killed in it is no error. */
  attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (error instanceof Killed) return;
    this.#federation.failed('the coordinator', error);
  }

  #killed({ downMs, keeps }: Crash): void {
    const driver = this.#open;
    const federation = this.#federation;
    this.#life += 1;
    this.#callOff();
    if (driver !== undefined) this.#checkFold(driver, throughText);
    this.#open = undefined;
    this.#last = undefined;
    this.#enoughSinceMs = null;
    this.#connected.clear();
    this.disk.crash(keeps);
    federation.coordinatorDied();
    federation.timeline.after(downMs, () => {
      this.#steps.revive();
      this.attempt(() => {
        this.start();
      });
    });
  }

  /** Whether the journal leads to the state that the program is in. */
  #checkFold(driver: RoundDriver, read = (event: CoordinatorEvent): CoordinatorEvent => event): void {
    const config = this.#config(driver.round);
    let state = initialCoordinatorState();
    for (const { event } of this.disk.returned(driver.round.id)) {
      state = coordinatorStep(config, state, read(event), this.#federation.crypto).state;
    }
    this.#federation.checked(() => {
      this.#federation.oracle.folded('the coordinator', driver.state, state);
    });
  }

  /** A liar may go on as two where a phase begins; work that goes on by itself is waited for. */
  #noticePhase(): void {
    const driver = this.#open;
    const phase = driver?.state.phase;
    if (phase === 'combining' || phase === 'summing') this.#federation.mayBeWorking();
    if (driver === undefined || phase === this.#phase) return;
    this.#phase = phase;
    if (phase !== undefined && !this.#traits.isSecond) this.#federation.phaseBegan(this, driver.round.round, phase);
  }
}

/** As the database keeps an event. */
function throughText(event: CoordinatorEvent): CoordinatorEvent {
  return decodeEvent<CoordinatorEvent>(coordinatorEventKinds, encodeEvent(event));
}
