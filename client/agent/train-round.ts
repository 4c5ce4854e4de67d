/** One round's training at this site. @module */
import type { Plan } from '#shared/governance/types';
import { LocalState } from './local-state.ts';
import type { RoundDriver } from './round.ts';
import { roundingSeed } from './run-seed.ts';
import type { StudyModel } from './study-model.ts';
import type { StudyWorld } from './study-world.ts';
import { storeVector } from './vector-thread.ts';

/** Whether the sites count in this round how well the model does that they start from. */
function isEvaluated({ evaluation, rounds }: Plan, round: number): boolean {
  return evaluation !== null && (round % evaluation.everyRounds === 0 || round === rounds);
}

/** Trains on the model that stands, and stores what that gave for the round. @throws as `RoundDriver.trained` */
export async function trainRound(world: StudyWorld, model: StudyModel, driver: RoundDriver): Promise<void> {
  const { study, seed, site, crypto, tell } = world;
  const { round } = driver.config.binding;
  const began = performance.now();
  const kept = new LocalState(world.dir, study.planId);
  const start = { weights: model.current().model.weights, local: kept.before(round) };
  const local = await world.train(start, round, isEvaluated(study.plan, round));
  kept.keep(round, local.local);
  const { delta, rows, exampleCount, lossNats, evaluation, steps } = local;
  model.counted(round, evaluation);
  tell({ kind: 'trained', round, lossNats, steps, seconds: (performance.now() - began) / 1000 });
  const rounding = roundingSeed(crypto, seed, { planHash: study.planHash, round, site });
  const vector = {
    plan: study.plan,
    contribution: { delta, rows, exampleCount, lossNats, evaluation },
    roundingSeed: rounding,
  };
  await driver.trained((folder) => storeVector({ ...vector, folder }));
}
