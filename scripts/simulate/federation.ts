/**
 * A whole federation in one process: the real machines and the coordinator's real driver on a virtual clock, network and
 * disk. Nothing in it depends on anything but the choice and the list of operations.
 */
import type { Crypto } from '#shared/crypto/types';
import type { CoordinatorMessage, CoordinatorState, SiteMessage } from '#shared/secagg/types';
import { equalBytes } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import { Coordinator } from './coordinator.ts';
import { CoordinatorDisk } from './coordinator-disk.ts';
import { CoordinatorLiar } from './coordinator-liar.ts';
import { Draws } from './draws.ts';
import { Faults } from './faults.ts';
import { Broken, Oracle } from './oracle.ts';
import { Site } from './site.ts';
import { SiteDisk } from './site-disk.ts';
import type { SiteFlaws } from './site-driver.ts';
import { SiteLiar } from './site-liar.ts';
import { longestRoundMs, study } from './study.ts';
import type { Study } from './study.ts';
import { Timeline } from './timeline.ts';
import type { Choice, Invariant, Op, RunResult, Violation } from './types.ts';
import { sidesOf } from './sides.ts';

/** Wrong on purpose, in tests of the simulator. */
export interface Flaws {
  readonly site?: SiteFlaws;
  /** What the coordinator computes with. */
  readonly coordinatorCrypto?: (crypto: Crypto) => Crypto;
}

interface Upload {
  readonly round: number;
  readonly commitment: Uint8Array;
  readonly chunks: readonly Uint8Array[];
}

/** A liar's second face is gone after so long, in virtual time. */
const secondFaceMs = 45_000;
/** More events than this in one round per site is no round any more. */
const eventsPerSiteRound = 4_000;

export class Federation {
  readonly draws: Draws;
  readonly timeline = new Timeline();
  readonly crypto: Crypto;
  readonly study: Study;
  readonly faults: Faults;
  readonly oracle: Oracle;
  readonly flaws: SiteFlaws;
  readonly #choice: Choice;
  readonly #liars: ReadonlySet<SiteId>;
  readonly #sites: ReadonlyMap<SiteId, Site>;
  readonly #first: Coordinator;
  readonly #coordinatorLiar: CoordinatorLiar | undefined;
  #second: Coordinator | undefined;
  #seconds = new Map<SiteId, Site>();
  #faces: Readonly<Record<SiteId, 'first' | 'second' | 'both'>> = {};
  #withheld: readonly CoordinatorMessage['kind'][] = [];
  #violation: Violation | undefined;
  #isWorking = false;
  #deadlines = 0;
  #events = 0;

  constructor(choice: Choice, ops: readonly Op[], crypto: Crypto, flaws: Flaws) {
    this.#choice = choice;
    this.crypto = crypto;
    this.draws = new Draws(choice.seed);
    this.faults = new Faults(ops, () => this.timeline.nowMs);
    this.study = study(choice, this.draws, crypto);
    this.flaws = flaws.site ?? {};
    const { liars, colluders } = sidesOf(choice, this.draws);
    this.#liars = liars;
    this.oracle = new Oracle(crypto, choice.byzantine, liars, colluders);
    const isLying = choice.byzantine === 'coordinator';
    this.#coordinatorLiar = isLying ? new CoordinatorLiar(this.study, this.faults, crypto, colluders) : undefined;
    const coordinatorCrypto = flaws.coordinatorCrypto?.(crypto) ?? crypto;
    this.#first = new Coordinator(this, new CoordinatorDisk(), { isSecond: false, crypto: coordinatorCrypto });
    this.#sites = new Map(this.study.names.map((site) => [site, this.#newSite(site)]));
  }

  /** Runs until every round is over, a promise is broken, or nothing happens any more. */
  async run(): Promise<RunResult> {
    this.#first.attempt(() => {
      this.#first.start();
    });
    for (const site of this.#sites.values()) site.start();
    while (this.#violation === undefined && !this.#isOver()) {
      if (!this.timeline.next()) break;
      this.#events += 1;
      if (this.#isWorking) {
        this.#isWorking = false;
        await settled();
      }
    }
    if (this.#choice.byzantine !== 'coordinator') this.#checkEnds();
    const rounds = this.#first.disk.rounds.map(({ round }) => round.end?.result.closed.outcome ?? 'open');
    return {
      violation: this.#violation ?? null,
      outcomes: rounds,
      attempts: this.#attempts(),
      events: this.#events,
      virtualMs: this.timeline.nowMs,
      happened: this.faults.happened,
    };
  }

  // --- What happens between the sites and the coordinator. ---

  /** A message of the coordinator, or what a liar says in its place. */
  down(from: Coordinator, to: SiteId, message: CoordinatorMessage): void {
    if (from === this.#first && this.#withheld.includes(message.kind)) return;
    const aggregateOf = (round: number): Uint8Array | undefined => from.getAggregate(round);
    const told = this.#coordinatorLiar?.tells(to, message, aggregateOf) ?? [message];
    for (const site of this.#sitesFacing(from, to)) {
      for (const one of told) {
        site.link.send('down', () => {
          site.attempt(() => {
            site.receive(one);
          });
        });
      }
    }
  }

  up(site: Site, message: SiteMessage): void {
    this.#coordinatorLiar?.hears(message);
    site.link.send('up', () => {
      this.#tell(site, (coordinator) => {
        coordinator.receive(site.name, message);
      });
    });
  }

  /** A call and its answer. */
  call<T>(site: Site, question: (of: Coordinator) => T, answered: (answer: T) => void): void {
    site.link.send('up', () => {
      const [coordinator] = this.#coordinatorsOf(site);
      if (coordinator?.isUp !== true) return;
      const answer = question(coordinator);
      site.link.send('down', () => {
        site.attempt(() => {
          answered(answer);
        });
      });
    });
  }

  /** The bytes of an aggregate, or what a liar gives in their place. */
  aggregateFor(site: Site, from: Coordinator, round: number): Uint8Array | undefined {
    const bytes = from.getAggregate(round);
    return this.#coordinatorLiar?.aggregateFor(site.name, round, bytes) ?? bytes;
  }

  /** Asks which chunks are there, sends the rest, and says that it was all. */
  upload(site: Site, { round, commitment, chunks }: Upload): void {
    for (const coordinator of this.#coordinatorsOf(site)) {
      const inTurn = (work: () => Promise<void>): void => {
        if (!coordinator.isUp) return;
        this.mayBeWorking();
        work().catch((error: unknown) => {
          coordinator.attempt(() => {
            throw error;
          });
        });
      };
      const sendMissing = (present: readonly number[]): void => {
        for (const [index, chunk] of chunks.entries()) {
          if (present.includes(index)) continue;
          site.link.send('up', () => {
            inTurn(() => coordinator.takeChunk(site.name, round, commitment, index, chunk));
          });
        }
        site.link.send('up', () => {
          inTurn(() => coordinator.uploadEnded(site.name, round, commitment));
        });
      };
      site.link.send('up', () => {
        inTurn(async () => {
          const present = await coordinator.uploadStatus(site.name, round, commitment);
          if (present === undefined || present.length === chunks.length) return;
          site.link.send('down', () => {
            sendMissing(present);
          });
        });
      });
    }
  }

  connected(site: Site): void {
    this.#tell(site, (coordinator) => {
      coordinator.connect(site.name);
    });
  }

  disconnected(site: Site): void {
    this.#tell(site, (coordinator) => {
      coordinator.disconnect(site.name);
    });
  }

  isCoordinatorUp(site: Site): boolean {
    return this.#coordinatorsOf(site).some(({ isUp }) => isUp);
  }

  coordinatorDied(): void {
    for (const site of this.#sites.values()) site.link.cut();
  }

  #tell(site: Site, what: (coordinator: Coordinator) => void): void {
    for (const coordinator of this.#coordinatorsOf(site)) {
      if (!coordinator.isUp) continue;
      coordinator.attempt(() => {
        what(coordinator);
      });
    }
  }

  // --- A coordinator with two faces. ---

  /** From where this phase begins, a liar may go on as two. */
  phaseBegan(from: Coordinator, round: number, phase: CoordinatorState['phase']): void {
    if (from !== this.#first || this.#coordinatorLiar === undefined || this.#second !== undefined) return;
    const op = this.faults.forkAt(round, phase);
    if (op === undefined) return;
    this.timeline.after(0, () => {
      this.#fork(op);
    });
  }

  #fork({ faces, rewinds, withholds }: Extract<Op, { op: 'fork' }>): void {
    const second = new Coordinator(this, this.#first.disk.copy(rewinds), { isSecond: true });
    this.#second = second;
    this.#faces = faces;
    this.#withheld = withholds;
    for (const name of this.#liars) {
      const disk = this.#sites.get(name)?.disk.copy(rewinds);
      if (disk !== undefined) this.#seconds.set(name, this.#newSite(name, disk));
    }
    second.attempt(() => {
      second.start();
    });
    for (const site of this.#seconds.values()) site.start();
    for (const site of this.#sites.values()) {
      if (site.link.isOpen && this.#coordinatorsOf(site).includes(second)) {
        second.attempt(() => {
          second.connect(site.name);
        });
      }
    }
    this.timeline.after(secondFaceMs, () => {
      this.#join();
    });
  }

  /** One again: the sites that saw the second are told what the first has to say. */
  #join(): void {
    this.#second?.stop();
    this.#second = undefined;
    for (const site of this.#seconds.values()) site.stop();
    this.#seconds = new Map();
    this.#faces = {};
    this.#withheld = [];
    for (const site of this.#sites.values()) site.link.cut();
  }

  #coordinatorsOf(site: Site): readonly Coordinator[] {
    if (this.#second === undefined) return site.isSecond ? [] : [this.#first];
    if (this.#liars.has(site.name)) return [site.isSecond ? this.#second : this.#first];
    const face = this.#faces[site.name] ?? 'first';
    return face === 'both' ? [this.#first, this.#second] : [face === 'first' ? this.#first : this.#second];
  }

  #sitesFacing(coordinator: Coordinator, name: SiteId): readonly Site[] {
    const sites = [this.#sites.get(name), this.#seconds.get(name)];
    return sites.flatMap((site) =>
      site !== undefined && this.#coordinatorsOf(site).includes(coordinator) ? [site] : [],
    );
  }

  #newSite(name: SiteId, disk?: SiteDisk): Site {
    const { byzantine } = this.#choice;
    const isLiar = this.#liars.has(name);
    const lies = byzantine === 'site' ? this.faults : new Faults([], () => 0);
    const liar = isLiar ? new SiteLiar(name, this.study.names, lies, this.draws, this.crypto) : undefined;
    const fresh = new SiteDisk({ round: 0, hash: this.study.initialModel });
    return new Site(this, name, disk ?? fresh, liar, disk === undefined ? '' : 'second ');
  }

  // --- The run. ---

  faultsOf(site: Site): Faults {
    return site.isSecond ? new Faults([], () => this.timeline.nowMs) : this.faults;
  }

  /** How late the coordinator's next deadline is. */
  lateness(): number {
    this.#deadlines += 1;
    return this.faults.lateBy(this.#deadlines);
  }

  /** Whether a site's journal is folded again when a round ends: of many sites some do, for it costs as much as the round. */
  foldsAgain(site: SiteId): boolean {
    return this.study.names.length <= 64 || this.study.names.indexOf(site) % 16 === 0;
  }

  /** Promises are at work, that end without time going by. */
  mayBeWorking(): void {
    this.#isWorking = true;
  }

  checked(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.failed('the simulator', error);
    }
  }

  /** A promise is broken, or a program has thrown what it should not. */
  failed(who: string, error: unknown): void {
    if (error instanceof Broken) this.#violate(error.invariant, error.message);
    else
      this.#violate('total', `${who} threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  #violate(invariant: Invariant, detail: string): void {
    this.#violation ??= { invariant, detail, atMs: this.timeline.nowMs };
  }

  #isOver(): boolean {
    const { byzantine, played, enrolled } = this.#choice;
    const { rounds: opened } = this.#first.disk;
    const isClosed = opened.length >= played && opened.every(({ round }) => round.end !== null);
    const isLate = this.timeline.nowMs > this.faults.lastMs + (played + 1) * longestRoundMs;
    if (isLate || this.#events > eventsPerSiteRound * played * (enrolled + 1)) return true;
    if (!isClosed) return false;
    return byzantine === 'coordinator' ? true : this.#honest().every((site) => this.#knows(site));
  }

  #honest(): readonly Site[] {
    return [...this.#sites.values()].filter(({ name }) => !this.#liars.has(name) && !this.faults.isGone(name));
  }

  /** Whether a site has no round open, and the model of the last accepted one. */
  #knows(site: Site): boolean {
    const accepted = this.#first.disk.rounds.flatMap(({ round }) => {
      const closed = round.end?.result.closed;
      return closed?.outcome === 'accepted' ? [closed.modelHash] : [];
    });
    const last = accepted.at(-1) ?? this.study.initialModel;
    return site.driver === undefined && equalBytes(site.disk.model.hash, last);
  }

  #checkEnds(): void {
    this.checked(() => {
      this.#expectEnds();
    });
  }

  #expectEnds(): void {
    if (this.#violation !== undefined) return;
    const { played } = this.#choice;
    const opened = this.#first.disk.rounds;
    const last = opened.at(-1);
    if (opened.length < played || last?.round.end === null) {
      const phase = this.#first.openRound?.state.phase ?? 'none open';
      this.oracle.break('roundsEnd', `${opened.length} of ${played} rounds were opened, the last is in: ${phase}`);
    }
    const lost = this.#honest().filter((site) => !this.#knows(site));
    const [one] = lost;
    if (one === undefined) return;
    const where = one.driver === undefined ? 'another model' : `phase ${one.driver.state.phase}`;
    this.oracle.break('roundsEnd', `every round is closed, and ${one.name} does not know it: it is in ${where}`);
  }

  #attempts(): number {
    return this.#first.disk.rounds.reduce((sum, { events }) => {
      const attempts = events.flatMap(({ event }) => (event.kind === 'deadline' ? [event.attempt] : []));
      return sum + 1 + Math.max(0, ...attempts);
    }, 0);
  }
}

/** When all promises that wait for nothing have been kept. */
async function settled(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
