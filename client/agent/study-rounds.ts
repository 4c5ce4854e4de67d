/**
 * The rounds of one study at this site, one after the other: the one in progress (`current-round`), those that were missed
 * (`catch-up`), and what is said and told when one has ended.
 *
 * @module
 */
import { join } from 'node:path';
import { manifestLength } from '#shared/model/manifest';
import type { SnapshotRecord } from '#shared/secagg/keys/types';
import type { CoordinatorMessage, RoundClosed } from '#shared/secagg/types';
import { toHex } from '#shared/util/bytes';
import { isCoordinatorKeyMessage } from '#shared/wire/about-keys';
import type { ToSite } from '#shared/wire/types';
import { catchUp } from './catch-up.ts';
import { CurrentRound } from './current-round.ts';
import { makePrivateFolder } from './disk.ts';
import { signedModelHash } from './signed-rounds.ts';
import { StudyModel } from './study-model.ts';
import { StudySnapshots } from './study-snapshots.ts';
import type { StudyWorld } from './study-world.ts';

/** The rounds of a study. */
export class StudyRounds {
  readonly #world: StudyWorld;
  readonly #model: StudyModel;
  readonly #current: CurrentRound;
  /** `null` without encryption. */
  readonly #snapshots: StudySnapshots | null;
  #finished = false;

  constructor(world: StudyWorld) {
    this.#world = world;
    const folder = join(world.dir, 'rounds', world.study.planId);
    makePrivateFolder(folder);
    this.#model = new StudyModel(world, folder);
    this.#current = new CurrentRound(world, folder, this.#model, (closed) => {
      this.#ended(closed);
    });
    this.#snapshots = this.#studySnapshots();
    this.#current.resume();
  }

  /** A session has begun: what was missed is folded, then what is outstanding is said again. */
  async connected(): Promise<void> {
    await this.#catchUp();
    this.#sayHolding();
    this.#current.reconnected();
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
    const current = this.#current.round;
    if (message.kind === 'messageRefused') {
      const { round, code } = message;
      this.#world.tell({ kind: 'refused', round, code, culprits: [] });
    }
    if (message.kind === 'roundOpened' && message.round !== current) {
      await this.#catchUp();
      this.#current.open(message);
    } else if (message.kind === 'roundClosed' && message.round !== current) await this.#catchUp();
    else this.#current.receive(message);
  }

  /** > A newcomer takes a snapshot made in its own key epoch, checks it against the signed model, and replays what follows. */
  async #takeSnapshot(record: SnapshotRecord): Promise<void> {
    if (record.round <= this.#model.standing.round || (await this.#snapshots?.take(record)) !== true) return;
    await this.#catchUp();
    this.#sayHolding();
  }

  async #catchUp(): Promise<void> {
    await catchUp({
      ...{ world: this.#world, model: this.#model, current: this.#current },
      folded: (closed) => {
        this.#tellRound(closed);
      },
      finished: () => {
        this.#finish();
      },
    });
  }

  /** What the coordinator gives keys and chooses snapshots by; without encryption there is nothing to say. */
  #sayHolding(): void {
    const { keys, send } = this.#world;
    if (keys !== null) send(keys.holding(this.#model.standing.round), null);
  }

  #ended(closed: RoundClosed): void {
    this.#model.settle(closed);
    this.#world.keys?.settled(closed.round);
    this.#sayHolding();
    this.#tellRound(closed);
  }

  #tellRound({ round, outcome, modelHash }: RoundClosed): void {
    const { rounds } = this.#world.study.plan;
    const trainingLossNats = this.#model.lossNats(round);
    this.#world.tell({ kind: 'round', round, rounds, outcome, modelHash: toHex(modelHash), trainingLossNats });
    const evaluation = outcome === 'accepted' ? this.#model.takeEvaluation(round) : null;
    if (evaluation !== null) this.#world.evaluated(round, evaluation.own, evaluation.all);
    if (round >= rounds) this.#finish();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#world.finished();
  }

  #studySnapshots(): StudySnapshots | null {
    const { keys, study, crypto, models, tell, send, uploadSnapshot, fetchSnapshot } = this.#world;
    if (keys === null) return null;
    return new StudySnapshots(keys.study, manifestLength(study.plan.model), {
      ...{ crypto, models, tell, uploadSnapshot, fetchSnapshot },
      send: (refusal) => {
        send(refusal, null);
      },
      signedModelHash: async (round) => signedModelHash(this.#world, this.#model, round),
    });
  }
}
