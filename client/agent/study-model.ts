/**
 * The model of a study at this site: the one that stands, what a round makes of it, and what takes its place when the
 * others have signed that.
 *
 * @module
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { VerificationError } from '#shared/errors';
import type { AggregatePublished, RoundClosed } from '#shared/secagg/types';
import { equalBytes } from '#shared/util/bytes';
import { stillThere } from './model-store.ts';
import type { ModelName, StoredModel } from './model-store.ts';
import type { StudyWorld } from './study-world.ts';
import { foldVector } from './vector-thread.ts';

export class StudyModel {
  readonly #world: StudyWorld;
  readonly #folder: string;
  readonly #losses = new Map<number, number | null>();
  readonly #evaluations = new Map<number, readonly number[]>();
  readonly #counts = new Map<number, Int32Array>();

  /** Aggregates are fetched into this folder; what a crash left of them is removed. */
  constructor(world: StudyWorld, folder: string) {
    this.#world = world;
    this.#folder = folder;
    removeFetched(folder);
  }

  /** The model, read anew. @throws VerificationError (modelMismatch) if it is gone. */
  current(): StoredModel {
    return stillThere(this.#world.models.current());
  }

  /** Which model stands. @throws VerificationError (modelMismatch) if it is gone. */
  get standing(): ModelName {
    return stillThere(this.#world.models.currentName());
  }

  /** The mean training loss of a round that was folded here, in nats, if its sites told it. */
  lossNats(round: number): number | null {
    return this.#losses.get(round) ?? null;
  }

  /** This site's own counts of a round, to be told beside those of all. They are gone after a restart. */
  counted(round: number, counts: Int32Array | null): void {
    if (counts !== null) this.#counts.set(round, counts);
  }

  /** What was counted in a round that was folded here: once. */
  takeEvaluation(round: number): { readonly own: Int32Array | null; readonly all: readonly number[] } | null {
    const all = this.#evaluations.get(round);
    const own = this.#counts.get(round) ?? null;
    this.#evaluations.delete(round);
    this.#counts.delete(round);
    return all === undefined ? null : { own, all };
  }

  /** Fetches and folds what was summed under this ctx; the hash of what the round may become. @throws as `foldVector` */
  async fold(published: AggregatePublished, context: Uint8Array): Promise<Uint8Array> {
    const { dir, study, keys, fetchAggregate } = this.#world;
    const { round } = published;
    const aggregatePath = join(this.#folder, `aggregate-${round}.tmp`);
    try {
      await fetchAggregate(published, aggregatePath);
      const dataKey = keys?.ofRound(round)?.bytes.expose() ?? null;
      const { plan, planId } = study;
      const folding = { dir, planId, plan, published, context, dataKey, aggregatePath };
      const { modelHash, trainingLossNats, evaluation } = await foldVector(folding);
      this.#losses.set(round, trainingLossNats);
      if (evaluation !== null) this.#evaluations.set(round, evaluation);
      return modelHash;
    } finally {
      rmSync(aggregatePath, { force: true });
    }
  }

  /** Settles a round that is over. @throws VerificationError (modelMismatch) if the others signed another model than this site came to. */
  settle(closed: RoundClosed): void {
    this.settleFiles(closed);
    if (!equalBytes(this.standing.hash, closed.modelHash))
      throw new VerificationError(
        'modelMismatch',
        `round ${closed.round}: this site came to another model than the others signed; run the same version everywhere`,
      );
  }

  /** Only what the others signed takes the place of the model. Done again after a crash it changes nothing. */
  settleFiles({ round, outcome, modelHash }: RoundClosed): void {
    const { models } = this.#world;
    const candidateHash = outcome === 'accepted' ? models.candidateHash(round) : undefined;
    if (candidateHash !== undefined && equalBytes(candidateHash, modelHash)) models.accept(round);
    else models.drop(round);
  }
}

/** Aggregates whose fold a crash cut off. */
function removeFetched(folder: string): void {
  for (const name of readdirSync(folder)) if (name.endsWith('.tmp')) rmSync(join(folder, name), { force: true });
}
