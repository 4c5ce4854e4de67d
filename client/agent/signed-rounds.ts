/**
 * Rounds that this site did not see: what the coordinator shows of them counts only with the signatures of t sites.
 *
 * @module
 */
import { VerificationError } from '#shared/errors';
import { acceptedProblem, publishedProblem } from '#shared/secagg/site/checks';
import type { AggregatePublished, RoundClosed } from '#shared/secagg/types';
import { roundConfig } from './round-config.ts';
import type { StudyModel } from './study-model.ts';
import type { StudyWorld } from './study-world.ts';

/**
 * The ctx of an accepted round that this site missed. A model is the others' only with the signatures of t of them. The
 * cohort of a missed round is not known here, so its sites may be any of the roster, and its ctx is the one that all
 * signatures carry.
 *
 * @throws VerificationError (badSignature)
 */
export function signedContext(
  world: StudyWorld,
  model: StudyModel,
  published: AggregatePublished,
  closed: RoundClosed,
): Uint8Array {
  const { study, crypto } = world;
  const { round, signatures } = closed;
  const cohort = study.roster.sites.map(({ site }) => site);
  const at = { config: roundConfig(world, model.standing, { round, cohort }), crypto };
  const context = signatures[0]?.context ?? new Uint8Array();
  const isItsOwn = published.round === round && publishedProblem(at, published) === undefined;
  if (isItsOwn && acceptedProblem(at, { context }, closed) === undefined) return context;
  throw new VerificationError(
    'badSignature',
    `round ${round}: the coordinator shows a model that ${study.plan.sum.threshold} sites have not signed: ask the consortium`,
  );
}

/** The model that at least t sites have signed for this round, if it was accepted. @throws VerificationError (badSignature) */
export async function signedModelHash(
  world: StudyWorld,
  model: StudyModel,
  round: number,
): Promise<Uint8Array | undefined> {
  const [first] = await world.getRounds(round);
  if (first?.closed.round !== round || first.closed.outcome !== 'accepted' || first.published === null)
    return undefined;
  signedContext(world, model, first.published, first.closed);
  return first.closed.modelHash;
}
