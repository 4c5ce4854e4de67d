/**
 * The round in progress at this site, one at a time: begins it, takes it up after a crash, and drives it to its end.
 *
 * @module
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type {
  CoordinatorMessage,
  RefusalCode,
  RoundClosed,
  RoundOpened,
  SiteRoundConfig,
  SiteState,
} from '#shared/secagg/types';
import type { ClosedRound } from '#shared/wire/types';
import { roundConfig } from './round-config.ts';
import { RoundDriver } from './round.ts';
import type { RoundPorts } from './round.ts';
import { eraseSecrets, keepRefused, lastRound, RoundFiles } from './round-files.ts';
import { notApproved, openingProblem } from './round-opening.ts';
import type { StudyModel } from './study-model.ts';
import type { StudyWorld } from './study-world.ts';
import { trainRound } from './train-round.ts';

export class CurrentRound {
  readonly #world: StudyWorld;
  readonly #folder: string;
  readonly #model: StudyModel;
  readonly #ended: (closed: RoundClosed) => void;
  #driver: RoundDriver | undefined;
  /** A round that was begun with a model or a key that is gone: it goes on without this site. */
  #satOut: { readonly round: number; readonly code: RefusalCode } | undefined;
  #settled = Promise.withResolvers<undefined>();
  /** Training takes one call after the other; a round that ended meanwhile takes nothing of it. */
  #training: Promise<void> = Promise.resolve();

  /** The folders of the rounds are in `folder`; `ended` settles what comes of one. */
  constructor(world: StudyWorld, folder: string, model: StudyModel, ended: (closed: RoundClosed) => void) {
    this.#world = world;
    this.#folder = folder;
    this.#model = model;
    this.#ended = ended;
  }

  /** Which round is in progress, if one is. */
  get round(): number | undefined {
    return this.#driver?.config.binding.round;
  }

  /** The round that was in progress when the program ended, or what its closing had left to do. */
  resume(): void {
    const round = lastRound(this.#folder);
    if (round === undefined) return;
    const folder = this.#roundFolder(round);
    const closed = RoundFiles.closed(folder);
    if (closed === undefined) {
      this.#resumeOpen(folder);
      return;
    }
    eraseSecrets(folder);
    this.#model.settleFiles(closed); // a model that this site could not come to then is folded again with what it missed
  }

  #resumeOpen(folder: string): void {
    const resumed = RoundFiles.resume(folder);
    if (resumed === undefined) {
      rmSync(folder, { recursive: true });
      return;
    }
    const { opened, files, events } = resumed;
    const problem = openingProblem(this.#world, this.#model, opened);
    if (problem !== undefined) {
      this.#sitOut(opened, files, problem);
      return;
    }
    const driver = this.#drive(opened, files);
    driver.replay(events);
    this.#tellPhase(driver);
    if (driver.state.phase === 'training') this.#train(driver);
  }

  /** Begins a round, or refuses it. @throws ProtocolError (planNotApproved) if it is of no plan that this site has approved. */
  open(opened: RoundOpened): void {
    const { round } = opened;
    if (round <= (lastRound(this.#folder) ?? 0) || round <= this.#model.standing.round) return; // over, and told again
    const problem = openingProblem(this.#world, this.#model, opened) ?? this.#busy();
    if (problem !== undefined) {
      if (problem !== 'wrongPhase') keepRefused(this.#folder, opened);
      this.#refuse(round, problem);
      if (problem === 'planNotApproved') throw notApproved(opened);
      return;
    }
    const driver = this.#drive(opened, RoundFiles.begin(this.#roundFolder(round), opened));
    this.#tellPhase(driver);
    this.#train(driver);
  }

  /** A session has begun: what is outstanding is said again. */
  reconnected(): void {
    if (this.#satOut !== undefined) this.#refuse(this.#satOut.round, this.#satOut.code);
    this.#driver?.handle({ kind: 'reconnected' });
  }

  /** A message of the coordinator for this round. */
  receive(message: CoordinatorMessage): void {
    this.#driver?.receive(message);
  }

  /** How this round ended, told to a site that was away: comes back when what it had to fold then is settled. */
  async end({ published, closed }: ClosedRound): Promise<void> {
    const driver = this.#driver;
    if (driver === undefined) return;
    if (published !== null) driver.receive(published);
    driver.receive(closed);
    if (driver === this.#driver) driver.handle({ kind: 'reconnected' }); // a crash may have cut off its fold or its end
    if (driver.state.phase === 'folding') await this.#settled.promise;
  }

  #refuse(round: number, code: RefusalCode): void {
    this.#world.send({ kind: 'refusal', site: this.#world.site, round, code }, round);
    this.#world.tell({ kind: 'refused', round, code, culprits: [] });
  }

  /** > A site that lost its disk sits out every round that was opened before it came back. */
  #sitOut({ round, modelHash }: RoundOpened, files: RoundFiles, code: RefusalCode): void {
    files.close({ kind: 'roundClosed', round, outcome: 'cancelled', modelHash, signatures: [], culprits: [] });
    this.#satOut = { round, code };
  }

  /** One round at a time. */
  #busy(): 'wrongPhase' | undefined {
    return this.#driver === undefined ? undefined : 'wrongPhase';
  }

  #drive(opened: RoundOpened, files: RoundFiles): RoundDriver {
    const { crypto, noMasks, keys } = this.#world;
    const config = roundConfig(this.#world, this.#model.standing, opened);
    const dataKey = keys?.ofRound(opened.round) ?? null;
    const driver = new RoundDriver(config, files, this.#ports(config), crypto, noMasks, dataKey);
    this.#driver = driver;
    this.#satOut = undefined;
    this.#settled = Promise.withResolvers<undefined>();
    return driver;
  }

  #ports({ binding: { round }, parameters }: SiteRoundConfig): RoundPorts {
    const { send, uploadChunks, tell, failed } = this.#world;
    let phase: SiteState['phase'] | undefined;
    return {
      send: (message) => {
        send(message, round);
      },
      uploadChunks: ({ commitment }, path, wanted) => {
        uploadChunks({ name: { round, commitment }, path, parameters, wanted });
      },
      fold: async (published, context) => this.#model.fold(published, context),
      refused: (code, culprits) => {
        tell({ kind: 'refused', round, code, culprits });
      },
      moved: (state) => {
        if (state.phase === phase) return;
        phase = state.phase;
        tell({ kind: 'phase', round, phase });
      },
      ended: (closed) => {
        this.#driver = undefined;
        this.#ended(closed);
        this.#settled.resolve(undefined);
      },
      failed,
    };
  }

  #train(driver: RoundDriver): void {
    this.#training = this.#training
      .then(async () => {
        if (driver === this.#driver) await trainRound(this.#world, this.#model, driver);
      })
      .catch(this.#world.failed);
  }

  #tellPhase({ config, state }: RoundDriver): void {
    this.#world.tell({ kind: 'phase', round: config.binding.round, phase: state.phase });
  }

  #roundFolder(round: number): string {
    return join(this.#folder, String(round));
  }
}
