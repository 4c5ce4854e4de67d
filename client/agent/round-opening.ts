/** Why this site does not begin a round that the coordinator opens. @module */
import { ProtocolError } from '#shared/errors';
import { roundOpenedProblem } from '#shared/secagg/round-opened';
import type { RefusalCode, RoundOpened } from '#shared/secagg/types';
import { toHex } from '#shared/util/bytes';
import { roundConfig } from './round-config.ts';
import type { StudyModel } from './study-model.ts';
import type { StudyWorld } from './study-world.ts';

/** What this site refuses the opening for, if anything. A plan is approved for so many rounds. */
export function openingProblem(world: StudyWorld, model: StudyModel, opened: RoundOpened): RefusalCode | undefined {
  if (opened.round > world.study.plan.rounds) return 'planNotApproved';
  return roundOpenedProblem(roundConfig(world, model.standing, opened), opened, world.crypto);
}

/** What the people of this site are told of a round of a plan that they have not approved. */
export function notApproved({ planHash }: RoundOpened): ProtocolError {
  const short = toHex(planHash).slice(0, 16);
  return new ProtocolError(
    'planNotApproved',
    `a round of plan ${short} was opened, which this site has not approved: run consilium-site plan review`,
  );
}
