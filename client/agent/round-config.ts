/** What a round's machine is told once and for all, from what this site has itself. @module */
import { toSumParameters } from '#shared/governance/sum-parameters';
import type { RoundOpened, SiteRoundConfig } from '#shared/secagg/types';
import type { ModelName } from './model-store.ts';
import type { StudyWorld } from './study-world.ts';

/** The configuration of one round that goes on from this model. It holds the site's seed: MUST NOT be logged. */
export function roundConfig(
  { study, site, identitySeed, keys }: StudyWorld,
  { hash: modelHash }: ModelName,
  { round, cohort }: Pick<RoundOpened, 'round' | 'cohort'>,
): SiteRoundConfig {
  const { plan, planHash, roster, rosterHash } = study;
  const keyHash = keys?.ofRound(round)?.keyHash ?? null;
  return {
    site,
    parameters: toSumParameters(plan),
    binding: { planHash, rosterHash, keyHash, round, cohort, modelHash },
    identities: new Map(roster.sites.map((entry) => [entry.site, entry.identityKey])),
    coordinatorIdentity: roster.coordinatorKey,
    identitySeed,
  };
}
