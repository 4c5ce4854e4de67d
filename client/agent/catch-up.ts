/**
 * The rounds that closed while this site was away: asks for them, and folds what the others came to, in their order.
 *
 * @module
 */
import { ProtocolError } from '#shared/errors';
import type { RoundClosed } from '#shared/secagg/types';
import type { ClosedRound } from '#shared/wire/types';
import type { CurrentRound } from './current-round.ts';
import { signedContext } from './signed-rounds.ts';
import type { StudyModel } from './study-model.ts';
import type { StudyWorld } from './study-world.ts';

/** What catches up, and what it tells. */
export interface CatchingUp {
  readonly world: StudyWorld;
  readonly model: StudyModel;
  readonly current: CurrentRound;
  /** The model of this round, which was missed, is this site's now. */
  readonly folded: (closed: RoundClosed) => void;
  /** The last round of the plan is closed. Said again each time. */
  readonly finished: () => void;
}

/**
 * Folds what was missed; one answer holds only so many rounds. It ends before the first aggregate whose data key is not
 * here: a box or a snapshot will come.
 *
 * @throws ProtocolError (modelMismatch) if an aggregate is nowhere, VerificationError (badSignature) if too few sites have
 * signed a model, (modelMismatch) if they signed another than this site comes to.
 */
export async function catchUp(site: CatchingUp): Promise<void> {
  const { world, model, finished } = site;
  for (let first = model.standing.round + 1; ;) {
    const missed = await world.getRounds(first);
    for (const round of missed) {
      if (lacksKey(site, round)) return;
      await catchUpWith(site, round);
    }
    const last = missed.at(-1)?.closed.round ?? 0;
    if (last < first) {
      world.keys?.settled(first - 1);
      break;
    }
    first = last + 1;
  }
  if (model.standing.round >= world.study.plan.rounds) finished();
}

function lacksKey({ world: { keys }, model }: CatchingUp, { closed: { round, outcome } }: ClosedRound): boolean {
  return keys !== null && outcome === 'accepted' && round > model.standing.round && keys.ofRound(round) === null;
}

async function catchUpWith(site: CatchingUp, missed: ClosedRound): Promise<void> {
  const { world, model, current, finished } = site;
  const { round, outcome } = missed.closed;
  if (current.round === round) await current.end(missed);
  else if (outcome === 'accepted' && round > model.standing.round) await foldMissed(site, missed);
  else if (round >= world.study.plan.rounds) finished();
}

async function foldMissed({ world, model, folded }: CatchingUp, { published, closed }: ClosedRound): Promise<void> {
  if (published === null)
    throw new ProtocolError('modelMismatch', `round ${closed.round} was accepted, but its aggregate is nowhere`);
  const context = signedContext(world, model, published, closed);
  await model.fold(published, context);
  model.settle(closed);
  folded(closed);
}
