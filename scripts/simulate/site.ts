/**
 * A site and its rounds, as `client/agent/study-rounds` has them: begins them, resumes one after a crash, folds what it
 * missed and settles the model. The model is a chain of hashes, each over the one before it and the aggregate.
 */
import { acceptedProblem, publishedProblem } from '#shared/secagg/site/checks';
import { roundOpenedProblem } from '#shared/secagg/round-opened';
import type {
  AggregatePublished,
  CoordinatorMessage,
  RoundClosed,
  RoundOpened,
  SiteRoundConfig,
} from '#shared/secagg/types';
import { equalBytes } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import type { ClosedRound } from '#shared/wire/types';
import type { Coordinator } from './coordinator.ts';
import type { Federation } from './federation.ts';
import { Link } from './network.ts';
import { RoundFolder } from './site-disk.ts';
import type { SiteDisk } from './site-disk.ts';
import { SiteDriver } from './site-driver.ts';
import type { DriverPorts } from './site-driver.ts';
import type { SiteLiar } from './site-liar.ts';
import { Killed, Steps } from './steps.ts';
import type { Crash } from './steps.ts';

/** A piece of work that calls `done` when the next may begin. */
type Work = (done: () => void) => void;

/** Milliseconds after which an answer is not waited for any more. */
const answerMs = 1_500;
/** Milliseconds that local training takes. */
const training = { least: 100, most: 3_000 };

export class Site {
  readonly name: SiteId;
  readonly disk: SiteDisk;
  readonly link: Link;
  readonly #federation: Federation;
  readonly #steps: Steps;
  readonly #liar: SiteLiar | undefined;
  /** Empty, or what tells a liar's second program from its first. */
  readonly #mark: string;
  #life = 0;
  #driver: SiteDriver | undefined;
  #waiting: Work[] = [];
  #isBusy = false;
  #drawn = 0;
  #settled: (() => void)[] = [];

  constructor(federation: Federation, name: SiteId, disk: SiteDisk, liar: SiteLiar | undefined, mark = '') {
    this.#federation = federation;
    this.name = name;
    this.disk = disk;
    this.#liar = liar;
    this.#mark = mark;
    this.#steps = new Steps(mark === '' ? name : 'second', federation.faults, (crash) => {
      this.#killed(crash);
    });
    this.link = new Link(name, federation.timeline, federation.draws, federation.faultsOf(this), {
      ready: () => !this.#steps.isDead && federation.isCoordinatorUp(this),
      opened: () => {
        federation.connected(this);
        this.attempt(() => {
          this.#connected();
        });
      },
      closed: () => {
        federation.disconnected(this);
      },
    });
  }

  get isSecond(): boolean {
    return this.#mark !== '';
  }

  get driver(): SiteDriver | undefined {
    return this.#driver;
  }

  /** As the program does when it starts. */
  start(): void {
    this.#resume();
    this.link.connect();
  }

  /** The program is gone for good. */
  stop(): void {
    this.#life += 1;
    this.#steps.end();
    this.link.stop();
  }

  /** Runs a piece of work; that the program is killed in it is no error. */
  attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof Killed) return;
      if (this.#liar === undefined) this.#federation.failed(this.name, error);
      else this.stop();
    }
  }

  receive(message: CoordinatorMessage): void {
    this.#inOrder((done) => {
      const current = this.#driver?.config.binding.round;
      if (message.kind === 'roundOpened' && message.round !== current) {
        this.#opened(message, done);
        return;
      }
      if (message.kind === 'roundClosed' && message.round !== current) {
        this.#catchUp(done);
        return;
      }
      this.#driver?.receive(message);
      done();
    });
  }

  #connected(): void {
    this.#inOrder((done) => {
      this.#catchUp(() => {
        this.#driver?.handle({ kind: 'reconnected' });
        done();
      });
    });
  }

  /** One piece of work after the other, as messages are taken. */
  #inOrder(work: Work): void {
    this.#waiting.push(work);
    this.#goOn();
  }

  #goOn(): void {
    if (this.#isBusy) return;
    const work = this.#waiting.shift();
    if (work === undefined) return;
    this.#isBusy = true;
    work(() => {
      this.#isBusy = false;
      this.#later(0, () => {
        this.#goOn();
      });
    });
  }

  #resume(): void {
    const round = this.disk.lastRound;
    const folder = this.disk.rounds.get(round);
    if (folder === undefined) return;
    if (folder.closed !== undefined) {
      folder.erase();
      this.#settleFiles(folder.closed);
      return;
    }
    const driver = this.#drive(folder);
    const before = folder.events;
    const events = folder.recover();
    this.#federation.oracle.folded(this.name, before, events.slice(0, before.length));
    driver.replay(events);
    if (driver.state.phase === 'training') this.#train(driver);
  }

  #opened(opened: RoundOpened, done: () => void): void {
    this.#catchUp(() => {
      const { round } = opened;
      if (round > this.disk.lastRound && round > this.disk.model.round) this.#begin(opened);
      done();
    });
  }

  #begin(opened: RoundOpened): void {
    const { crypto, study } = this.#federation;
    const { round } = opened;
    const problem = round > study.rounds ? 'planNotApproved' : roundOpenedProblem(this.#config(opened), opened, crypto);
    const code = problem ?? (this.#driver === undefined ? undefined : 'wrongPhase');
    if (code !== undefined) {
      this.#federation.up(this, { kind: 'refusal', site: this.name, round, code });
      return;
    }
    this.#steps.take();
    const folder = new RoundFolder(opened);
    this.disk.rounds.set(round, folder);
    this.#steps.take();
    this.#train(this.#drive(folder));
  }

  #config({ round, cohort }: Pick<RoundOpened, 'round' | 'cohort'>): SiteRoundConfig {
    return this.#federation.study.siteConfig(this.name, { round, cohort, modelHash: this.disk.model.hash });
  }

  #drive(folder: RoundFolder): SiteDriver {
    const config = this.#config(folder.opened);
    const driver = new SiteDriver(config, folder, {
      federation: this.#federation,
      steps: this.#steps,
      ports: this.#ports(config),
      liar: this.#liar,
      drawing: () => {
        this.#drawn += 1;
        return `${this.#mark}${this.#drawn}`;
      },
    });
    this.#driver = driver;
    return driver;
  }

  #ports({ binding }: SiteRoundConfig): DriverPorts {
    return {
      send: (message) => {
        this.#federation.up(this, message);
      },
      uploadChunks: ({ commitment }, chunks, wanted) => {
        this.#upload(binding.round, commitment, chunks, wanted, 0);
      },
      fold: (published, folded) => {
        this.#fold(published, folded);
      },
      ended: (closed) => {
        this.#ended(closed);
      },
      later: (delayMs, work) => {
        this.#later(delayMs, work);
      },
    };
  }

  #train(driver: SiteDriver): void {
    const { draws, study } = this.#federation;
    const { round } = driver.config.binding;
    this.#drawn += 1;
    const drawing = this.#drawn;
    const takesMs = draws.between(training.least, training.most, 'training', this.name, round, drawing);
    this.#later(takesMs, () => {
      if (driver !== this.#driver) return;
      const { wordCount, modulusBits } = study.parameters;
      driver.trained(draws.words(wordCount, modulusBits, 'words', this.name, round, drawing));
    });
  }

  /** Fetches what was published; `undefined` when it is something else. */
  #fold(published: AggregatePublished, folded: (modelHash: Uint8Array | undefined) => void): void {
    const { crypto, oracle } = this.#federation;
    this.#ask(
      (from) => this.#federation.aggregateFor(this, from, published.round),
      (bytes) => {
        if (bytes === undefined || !equalBytes(crypto.sha256(bytes), published.aggregateHash)) {
          folded(undefined);
          return;
        }
        if (this.#liar === undefined) oracle.folds(this.name, published.round, bytes);
        const hash = crypto.sha256(this.disk.model.hash, bytes);
        this.#steps.take();
        this.disk.candidates.set(published.round, { round: published.round, hash });
        folded(hash);
      },
    );
  }

  #ended(closed: RoundClosed): void {
    this.#driver = undefined;
    this.#settleFiles(closed);
    const waiting = this.#settled;
    this.#settled = [];
    for (const settled of waiting) settled();
  }

  /** Only what the others signed takes the place of the model. */
  #settleFiles({ round, outcome, modelHash }: RoundClosed): void {
    const candidate = outcome === 'accepted' ? this.disk.candidates.get(round) : undefined;
    this.#steps.take();
    if (candidate !== undefined && equalBytes(candidate.hash, modelHash)) this.disk.model = candidate;
    this.disk.candidates.delete(round);
  }

  /** Rounds that closed while this site was away, in their order. */
  #catchUp(done: () => void, first = this.disk.model.round + 1): void {
    this.#ask(
      (from) => from.getRounds(first),
      (missed) => {
        const last = missed.at(-1)?.closed.round ?? 0;
        this.#catchUpWith(missed, () => {
          if (last < first) done();
          else this.#catchUp(done, last + 1);
        });
      },
    );
  }

  #catchUpWith([next, ...rest]: readonly ClosedRound[], done: () => void): void {
    if (next === undefined) {
      done();
      return;
    }
    const { published, closed } = next;
    const goOn = (): void => {
      this.#catchUpWith(rest, done);
    };
    const driver = this.#driver;
    if (driver?.config.binding.round === closed.round) {
      if (published !== null) driver.receive(published);
      driver.receive(closed);
      if (driver === this.#driver) driver.handle({ kind: 'reconnected' });
      if (driver === this.#driver && driver.state.phase === 'folding') this.#settled.push(goOn);
      else goOn();
    } else if (closed.outcome === 'accepted' && closed.round > this.disk.model.round && published !== null) {
      this.#foldMissed(published, closed, goOn);
    } else goOn();
  }

  #foldMissed(published: AggregatePublished, closed: RoundClosed, goOn: () => void): void {
    const { study, crypto, oracle } = this.#federation;
    const { round, signatures } = closed;
    const at = { config: this.#config({ round, cohort: study.names }), crypto };
    const context = signatures[0]?.context ?? new Uint8Array();
    const isItsOwn = published.round === round && publishedProblem(at, published) === undefined;
    if (!isItsOwn || acceptedProblem(at, { context }, closed) !== undefined) {
      this.link.cut(); // the program stops here, and a person looks at it
      return;
    }
    this.#fold(published, () => {
      if (this.#liar === undefined) oracle.ended(this.name, closed);
      this.#settleFiles(closed);
      goOn();
    });
  }

  /** A call that is made again until it is answered. */
  #ask<T>(question: (of: Coordinator) => T, answered: (answer: T) => void): void {
    const life = this.#life;
    let isAnswered = false;
    this.#federation.call(this, question, (answer) => {
      if (isAnswered || life !== this.#life) return;
      isAnswered = true;
      answered(answer);
    });
    this.#later(answerMs, () => {
      if (isAnswered) return;
      isAnswered = true;
      this.#ask(question, answered);
    });
  }

  /** Asks which chunks are there and sends the rest, until all are or nobody wants them. */
  #upload(
    round: number,
    commitment: Uint8Array,
    chunks: readonly Uint8Array[],
    wanted: () => boolean,
    tries: number,
  ): void {
    if (!wanted() || tries > 50) return;
    this.#federation.upload(this, { round, commitment, chunks });
    this.#later(600 + 200 * Math.min(tries, 10), () => {
      this.#upload(round, commitment, chunks, wanted, tries + 1);
    });
  }

  #later(delayMs: number, work: () => void): void {
    const life = this.#life;
    this.#federation.timeline.after(delayMs, () => {
      if (life !== this.#life) return;
      this.attempt(work);
    });
  }

  #killed({ downMs }: Crash): void {
    const driver = this.#driver;
    this.#life += 1;
    this.#driver = undefined;
    this.#waiting = [];
    this.#isBusy = false;
    this.#settled = [];
    if (driver !== undefined && this.#liar === undefined) {
      this.#federation.checked(() => {
        driver.checkFold();
      });
    }
    this.link.cut();
    this.#federation.timeline.after(downMs, () => {
      this.#steps.revive();
      this.attempt(() => {
        this.#resume();
      });
    });
  }
}
