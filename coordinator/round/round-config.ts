/** What a round's machine is told once and for all, from the plan, the roster and how the round was opened. */
import { toSumParameters } from '#shared/governance/sum-parameters';
import type { Plan, Roster } from '#shared/governance/types';
import type { CoordinatorDeadline, CoordinatorRoundConfig } from '#shared/secagg/types';
import { unreachable } from '#shared/util/unreachable';
import type { StoredPlan } from '../store/plans.ts';
import type { RoundOpening } from '../store/rounds.ts';

/** A plan as stored and as read. */
export interface ReadPlan {
  readonly stored: StoredPlan;
  readonly plan: Plan;
  readonly roster: Roster;
}

/** The configuration of one round. It holds the coordinator's seed: MUST NOT be logged. */
export function roundConfig(
  { stored, plan, roster }: ReadPlan,
  { round, cohort, modelHash }: Pick<RoundOpening, 'round' | 'cohort' | 'modelHash'>,
  keyHash: Uint8Array | null,
  identitySeed: Uint8Array,
): CoordinatorRoundConfig {
  const { planHash, rosterHash } = stored;
  return {
    parameters: toSumParameters(plan),
    binding: { planHash, rosterHash, keyHash, round, cohort, modelHash },
    identities: new Map(roster.sites.map(({ site, identityKey }) => [site, identityKey])),
    identitySeed,
    maxAttempts: plan.sum.maxAttempts,
  };
}

/** How long a phase may last. */
export function deadlineMs({ schedule }: Plan, phase: CoordinatorDeadline): number {
  switch (phase) {
    case 'training':
      return schedule.trainingMs;
    case 'advertiseKeys':
    case 'shareKeys':
    case 'maskedInput':
      return schedule.phaseMs;
    case 'confirmSurvivors':
    case 'unmask':
    case 'modelSignatures':
      return schedule.unmaskMs;
    default:
      return unreachable(phase);
  }
}
