/**
 * The rounds of one study at this site, one after the other: begins them, resumes one after a crash, folds what it missed,
 * and settles the model when they close.
 *
 * @module
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Crypto } from '#shared/crypto/types';
import { ProtocolError, VerificationError } from '#shared/errors';
import { toSumParameters } from '#shared/governance/sum-parameters';
import { manifestLength } from '#shared/model/manifest';
import type { SnapshotRecord } from '#shared/secagg/keys/types';
import { roundOpenedProblem } from '#shared/secagg/round-opened';
import { acceptedProblem, publishedProblem } from '#shared/secagg/site-checks';
import type {
  AggregatePublished,
  CoordinatorMessage,
  DataKey,
  RefusalCode,
  RoundClosed,
  RoundOpened,
  SiteRoundConfig,
  SiteState,
} from '#shared/secagg/types';
import { equalBytes, toHex } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import { isCoordinatorKeyMessage } from '#shared/wire/about-keys';
import type { ClosedRound, FromSite, ToSite } from '#shared/wire/types';
import { makePrivateFolder } from './disk.ts';
import type { Contribution } from './contribution.ts';
import type { DataKeys } from './data-keys.ts';
import type { ModelName, ModelStore, StoredModel } from './model-store.ts';
import type { Tell } from './progress.ts';
import { RoundDriver } from './round.ts';
import type { RoundPorts } from './round.ts';
import { eraseSecrets, keepRefused, lastRound, RoundFiles } from './round-files.ts';
import { roundingSeed } from './run-seed.ts';
import type { Sending } from './send-upload.ts';
import type { MadeSnapshot } from './snapshots.ts';
import { StudySnapshots } from './study-snapshots.ts';
import type { Study } from './study.ts';
import { foldVector, storeVector } from './vector-thread.ts';

/** What the rounds reach of the world. */
export interface StudyWorld {
  readonly dir: string;
  readonly study: Study;
  readonly site: SiteId;
  /** Ed25519. MUST NOT be logged. */
  readonly identitySeed: Uint8Array;
  readonly crypto: Crypto;
  readonly models: ModelStore;
  /** `null` without encryption. */
  readonly keys: DataKeys | null;
  readonly seed: number;
  readonly noMasks: boolean;
  readonly tell: Tell;
  readonly train: (weights: Float32Array, round: number) => Promise<Contribution & { readonly steps: number }>;
  /** What is about keys is of no round. */
  readonly send: (message: FromSite, round: number | null) => void;
  readonly uploadChunks: (sending: Omit<Sending, 'signal'>) => void;
  /** Writes the aggregate to this file. */
  readonly fetchAggregate: (published: AggregatePublished, path: string) => Promise<void>;
  readonly uploadSnapshot: (made: MadeSnapshot) => void;
  /** The sealed chunks of the snapshot for this site, in order. */
  readonly fetchSnapshot: (chunkCount: number) => Promise<readonly Uint8Array[]>;
  readonly getRounds: (firstRound: number) => Promise<readonly ClosedRound[]>;
  /** The last round of the plan is closed. */
  readonly finished: () => void;
  readonly failed: (error: unknown) => void;
}

/** The rounds of a study. */
export class StudyRounds {
  readonly #world: StudyWorld;
  readonly #folder: string;
  /** `null` without encryption. */
  readonly #snapshots: StudySnapshots | null;
  readonly #losses = new Map<number, number | null>();
  #driver: RoundDriver | undefined;
  /** A round that was begun with a model or a key that is gone: it goes on without this site. */
  #satOut: { readonly round: number; readonly code: RefusalCode } | undefined;
  #finished = false;
  #settled = Promise.withResolvers<undefined>();
  /** Training takes one call after the other; a round that ended meanwhile takes nothing of it. */
  #training: Promise<void> = Promise.resolve();

  constructor(world: StudyWorld) {
    this.#world = world;
    this.#folder = join(world.dir, 'rounds', world.study.planId);
    makePrivateFolder(this.#folder);
    removeFetched(this.#folder);
    this.#snapshots = this.#studySnapshots();
    this.#resume();
  }

  /** A session has begun: what was missed is folded, then what is outstanding is said again. */
  async connected(): Promise<void> {
    await this.#catchUp();
    this.#sayHolding();
    if (this.#satOut !== undefined) this.#refuse(this.#satOut.round, this.#satOut.code);
    this.#driver?.handle({ kind: 'reconnected' });
  }

  /** A data key has come: what could not be opened without it is folded. */
  async keyGained(): Promise<void> {
    await this.#catchUp();
    this.#sayHolding();
  }

  /** A message of the coordinator. */
  async receive(message: ToSite): Promise<void> {
    if (!isCoordinatorKeyMessage(message)) await this.#receiveOfRound(message);
    else if (message.kind === 'snapshotWanted') this.#snapshots?.give(message);
    else if (message.kind === 'snapshotRecord') await this.#takeSnapshot(message);
    else this.#world.keys?.receive(message);
  }

  async #receiveOfRound(message: CoordinatorMessage): Promise<void> {
    const current = this.#driver?.config.binding.round;
    if (message.kind === 'messageRefused') {
      const { round, code } = message;
      this.#world.tell({ kind: 'refused', round, code, culprits: [] });
    }
    if (message.kind === 'roundOpened' && message.round !== current) await this.#opened(message);
    else if (message.kind === 'roundClosed' && message.round !== current) await this.#catchUp();
    else this.#driver?.receive(message);
  }

  #model(): StoredModel {
    return stillThere(this.#world.models.current());
  }

  #standing(): ModelName {
    return stillThere(this.#world.models.currentName());
  }

  /** The round that was in progress when the program ended, or what its closing had left to do. */
  #resume(): void {
    const round = lastRound(this.#folder);
    if (round === undefined) return;
    const folder = this.#roundFolder(round);
    const closed = RoundFiles.closed(folder);
    if (closed !== undefined) {
      eraseSecrets(folder);
      this.#settleFiles(closed); // a model that this site could not come to then is folded again with what it missed
      return;
    }
    const resumed = RoundFiles.resume(folder);
    if (resumed === undefined) {
      rmSync(folder, { recursive: true });
      return;
    }
    const problem = this.#openedProblem(resumed.opened);
    if (problem !== undefined) {
      this.#sitOut(resumed.opened, resumed.files, problem);
      return;
    }
    const driver = this.#drive(resumed.opened, resumed.files);
    driver.replay(resumed.events);
    this.#tellPhase(driver);
    if (driver.state.phase === 'training') this.#train(driver);
  }

  async #opened(opened: RoundOpened): Promise<void> {
    await this.#catchUp();
    const { round } = opened;
    if (round <= (lastRound(this.#folder) ?? 0) || round <= this.#standing().round) return; // over, and told again
    const problem = this.#openedProblem(opened) ?? this.#busy();
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

  #refuse(round: number, code: RefusalCode): void {
    this.#world.send({ kind: 'refusal', site: this.#world.site, round, code }, round);
    this.#world.tell({ kind: 'refused', round, code, culprits: [] });
  }

  /** > A site that lost its disk sits out every round that was opened before it came back. */
  #sitOut({ round, modelHash }: RoundOpened, files: RoundFiles, code: RefusalCode): void {
    files.close({ kind: 'roundClosed', round, outcome: 'cancelled', modelHash, signatures: [], culprits: [] });
    this.#satOut = { round, code };
  }

  /** A plan is approved for so many rounds. */
  #openedProblem(opened: RoundOpened): RefusalCode | undefined {
    if (opened.round > this.#world.study.plan.rounds) return 'planNotApproved';
    return roundOpenedProblem(this.#config(opened), opened, this.#world.crypto);
  }

  /** One round at a time. */
  #busy(): 'wrongPhase' | undefined {
    return this.#driver === undefined ? undefined : 'wrongPhase';
  }

  #drive(opened: RoundOpened, files: RoundFiles): RoundDriver {
    const { crypto, noMasks } = this.#world;
    const config = this.#config(opened);
    const driver = new RoundDriver(
      config,
      files,
      this.#ports(config),
      crypto,
      noMasks,
      this.#dataKey(config.binding.round),
    );
    this.#driver = driver;
    this.#satOut = undefined;
    this.#settled = Promise.withResolvers<undefined>();
    return driver;
  }

  #config({ round, cohort }: Pick<RoundOpened, 'round' | 'cohort'>): SiteRoundConfig {
    const { study, site, identitySeed } = this.#world;
    const { plan, planHash, roster, rosterHash } = study;
    const keyHash = this.#world.keys?.ofRound(round)?.keyHash ?? null;
    return {
      site,
      parameters: toSumParameters(plan),
      binding: { planHash, rosterHash, keyHash, round, cohort, modelHash: this.#standing().hash },
      identities: new Map(roster.sites.map((entry) => [entry.site, entry.identityKey])),
      coordinatorIdentity: roster.coordinatorKey,
      identitySeed,
    };
  }

  #ports(config: SiteRoundConfig): RoundPorts {
    const { round } = config.binding;
    const { send, uploadChunks, tell, failed } = this.#world;
    let phase: SiteState['phase'] | undefined;
    return {
      send: (message) => {
        send(message, round);
      },
      uploadChunks: ({ commitment }, path, wanted) => {
        uploadChunks({ name: { round, commitment }, path, parameters: config.parameters, wanted });
      },
      fold: async (published, context) => this.#fold(published, context),
      refused: (code, culprits) => {
        tell({ kind: 'refused', round, code, culprits });
      },
      moved: (state) => {
        if (state.phase === phase) return;
        phase = state.phase;
        tell({ kind: 'phase', round, phase });
      },
      ended: (closed) => {
        this.#ended(closed);
      },
      failed,
    };
  }

  #train(driver: RoundDriver): void {
    const { study, seed, site, crypto, tell, failed } = this.#world;
    const { round } = driver.config.binding;
    this.#training = this.#training
      .then(async () => {
        if (driver !== this.#driver) return;
        const began = performance.now();
        const local = await this.#world.train(this.#model().model.weights, round);
        const { lossNats, steps } = local;
        tell({ kind: 'trained', round, lossNats, steps, seconds: (performance.now() - began) / 1000 });
        const rounding = roundingSeed(crypto, seed, { planHash: study.planHash, round, site });
        const vector = { plan: study.plan, contribution: local, roundingSeed: rounding };
        await driver.trained((folder) => storeVector({ ...vector, folder }));
      })
      .catch(failed);
  }

  async #fold(published: AggregatePublished, context: Uint8Array): Promise<Uint8Array> {
    const { dir, study, fetchAggregate } = this.#world;
    const { round } = published;
    const aggregatePath = join(this.#folder, `aggregate-${round}.tmp`);
    try {
      await fetchAggregate(published, aggregatePath);
      const dataKey = this.#dataKey(round)?.bytes.expose() ?? null;
      const { plan, planId } = study;
      const folding = { dir, planId, plan, published, context, dataKey, aggregatePath };
      const { modelHash, trainingLossNats } = await foldVector(folding);
      this.#losses.set(round, trainingLossNats);
      return modelHash;
    } finally {
      rmSync(aggregatePath, { force: true });
    }
  }

  /** The key of a round, `null` without encryption. */
  #dataKey(round: number): DataKey | null {
    return this.#world.keys?.ofRound(round) ?? null;
  }

  #ended(closed: RoundClosed): void {
    this.#driver = undefined;
    this.#settleModel(closed);
    this.#world.keys?.settled(closed.round);
    this.#sayHolding();
    this.#tellRound(closed);
    this.#settled.resolve(undefined);
  }

  /** @throws VerificationError (modelMismatch) if the others signed another model than this site came to. */
  #settleModel(closed: RoundClosed): void {
    this.#settleFiles(closed);
    if (!equalBytes(this.#standing().hash, closed.modelHash))
      throw new VerificationError(
        'modelMismatch',
        `round ${closed.round}: this site came to another model than the others signed; run the same version everywhere`,
      );
  }

  /** Only what the others signed takes the place of the model. Done again after a crash it changes nothing. */
  #settleFiles({ round, outcome, modelHash }: RoundClosed): void {
    const { models } = this.#world;
    const candidateHash = outcome === 'accepted' ? models.candidateHash(round) : undefined;
    if (candidateHash !== undefined && equalBytes(candidateHash, modelHash)) models.accept(round);
    else models.drop(round);
  }

  #tellRound({ round, outcome, modelHash }: RoundClosed): void {
    const { rounds } = this.#world.study.plan;
    const trainingLossNats = this.#losses.get(round) ?? null;
    this.#world.tell({ kind: 'round', round, rounds, outcome, modelHash: toHex(modelHash), trainingLossNats });
    if (round >= rounds) this.#finish();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#world.finished();
  }

  /**
   * Rounds that closed while this site was away, in their order; one answer holds only so many. It ends before the first
   * aggregate whose data key is not here: a box or a snapshot will come.
   */
  async #catchUp(): Promise<void> {
    for (let first = this.#standing().round + 1; ;) {
      const missed = await this.#world.getRounds(first);
      for (const round of missed) {
        if (this.#lacksKey(round)) return;
        await this.#catchUpWith(round);
      }
      const last = missed.at(-1)?.closed.round ?? 0;
      if (last < first) {
        this.#world.keys?.settled(first - 1);
        break;
      }
      first = last + 1;
    }
    if (this.#standing().round >= this.#world.study.plan.rounds) this.#finish();
  }

  #lacksKey({ closed: { round, outcome } }: ClosedRound): boolean {
    const { keys } = this.#world;
    return keys !== null && outcome === 'accepted' && round > this.#standing().round && keys.ofRound(round) === null;
  }

  async #catchUpWith({ published, closed }: ClosedRound): Promise<void> {
    const driver = this.#driver;
    if (driver?.config.binding.round === closed.round) {
      if (published !== null) driver.receive(published);
      driver.receive(closed);
      if (driver === this.#driver) driver.handle({ kind: 'reconnected' }); // a crash may have cut off its fold or its end
      if (driver.state.phase === 'folding') await this.#settled.promise;
    } else if (closed.outcome === 'accepted' && closed.round > this.#standing().round) {
      await this.#foldMissed(published, closed);
    } else if (closed.round >= this.#world.study.plan.rounds) this.#finish();
  }

  async #foldMissed(published: AggregatePublished | null, closed: RoundClosed): Promise<void> {
    if (published === null)
      throw new ProtocolError('modelMismatch', `round ${closed.round} was accepted, but its aggregate is nowhere`);
    const context = this.#refuseUnsigned(published, closed);
    await this.#fold(published, context);
    this.#settleModel(closed);
    this.#tellRound(closed);
  }

  /**
   * A model is the others' only with the signatures of t of them. The cohort of a missed round is not known here, so its
   * sites may be any of the roster, and its ctx, which this gives, is the one that all signatures carry.
   *
   * @throws VerificationError (badSignature)
   */
  #refuseUnsigned(published: AggregatePublished, closed: RoundClosed): Uint8Array {
    const { study, crypto } = this.#world;
    const { round, signatures } = closed;
    const cohort = study.roster.sites.map(({ site }) => site);
    const at = { config: this.#config({ round, cohort }), crypto };
    const context = signatures[0]?.context ?? new Uint8Array();
    const isItsOwn = published.round === round && publishedProblem(at, published) === undefined;
    if (isItsOwn && acceptedProblem(at, { context }, closed) === undefined) return context;
    throw new VerificationError(
      'badSignature',
      `round ${round}: the coordinator shows a model that ${study.plan.sum.threshold} sites have not signed: ask the consortium`,
    );
  }

  /** What the coordinator gives keys and chooses snapshots by; without encryption there is nothing to say. */
  #sayHolding(): void {
    const { keys, send } = this.#world;
    if (keys !== null) send(keys.holding(this.#standing().round), null);
  }

  #studySnapshots(): StudySnapshots | null {
    const { keys, study, crypto, models, tell, send, uploadSnapshot, fetchSnapshot } = this.#world;
    if (keys === null) return null;
    return new StudySnapshots(keys.study, manifestLength(study.plan.model), {
      ...{ crypto, models, tell, uploadSnapshot, fetchSnapshot },
      send: (refusal) => {
        send(refusal, null);
      },
      signedModelHash: async (round) => this.#signedModelHash(round),
    });
  }

  /** > A newcomer takes a snapshot made in its own key epoch, checks it against the signed model, and replays what follows. */
  async #takeSnapshot(record: SnapshotRecord): Promise<void> {
    if (record.round <= this.#standing().round || (await this.#snapshots?.take(record)) !== true) return;
    await this.#catchUp();
    this.#sayHolding();
  }

  /** The model that at least t sites have signed for an accepted round. @throws VerificationError (badSignature) */
  async #signedModelHash(round: number): Promise<Uint8Array | undefined> {
    const [first] = await this.#world.getRounds(round);
    if (first?.closed.round !== round || first.closed.outcome !== 'accepted' || first.published === null)
      return undefined;
    this.#refuseUnsigned(first.published, first.closed);
    return first.closed.modelHash;
  }

  #tellPhase({ config, state }: RoundDriver): void {
    this.#world.tell({ kind: 'phase', round: config.binding.round, phase: state.phase });
  }

  #roundFolder(round: number): string {
    return join(this.#folder, String(round));
  }
}

/** @throws VerificationError (modelMismatch) */
function stillThere<T>(model: T | undefined): T {
  if (model !== undefined) return model;
  throw new VerificationError('modelMismatch', 'the model of this study is gone from the disk: start the agent again');
}

/** Aggregates whose fold a crash cut off. */
function removeFetched(folder: string): void {
  for (const name of readdirSync(folder)) if (name.endsWith('.tmp')) rmSync(join(folder, name), { force: true });
}

function notApproved({ planHash }: RoundOpened): ProtocolError {
  const short = toHex(planHash).slice(0, 16);
  return new ProtocolError(
    'planNotApproved',
    `a round of plan ${short} was opened, which this site has not approved: run consilium-site plan review`,
  );
}
