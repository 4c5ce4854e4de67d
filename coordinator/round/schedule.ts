/**
 * When the next round opens, and for whom: a pure decision over what is known now. It opens when every rostered site that
 * has not refused is approved, connected and, with encryption, in possession of the data key, or `waitMs` after enough of them are.
 */
import type { Plan, Roster } from '#shared/governance/types';
import { bySiteId } from '#shared/util/ids';
import type { SiteId } from '#shared/util/ids';

/** What the decision is made of. */
export interface Standing {
  readonly plan: Plan;
  readonly roster: Roster;
  readonly approved: ReadonlySet<SiteId>;
  readonly refused: ReadonlySet<SiteId>;
  readonly connected: ReadonlySet<SiteId>;
  /** Sites that hold the data key of the next round and can follow its model; `null` without encryption. */
  readonly keyed: ReadonlySet<SiteId> | null;
  readonly roundsClosed: number;
  /** Since when enough sites are approved and connected; `null` while they are not. */
  readonly enoughSinceMs: number | null;
  readonly nowMs: number;
}
export type Decision =
  | { readonly kind: 'open'; readonly round: number; readonly cohort: readonly SiteId[] }
  /** Ask again then, or when something changes. */
  | { readonly kind: 'waitUntil'; readonly atMs: number; readonly why: string }
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'finished' };

/** Sites that can take part in a round now, by id. */
export function eligibleSites(standing: Standing): readonly SiteId[] {
  return presentSites(standing).filter((site) => standing.keyed?.has(site) !== false);
}

/** Sites that have approved and are connected, by id. */
function presentSites({ roster, approved, connected }: Standing): readonly SiteId[] {
  return roster.sites
    .map(({ site }) => site)
    .filter((site) => approved.has(site) && connected.has(site))
    .sort(bySiteId);
}

/** Whether the plan is approved and a quorum can take part. */
export function hasEnough(standing: Standing): boolean {
  const { plan, roster, approved } = standing;
  return approved.size >= roster.approvalQuorum && eligibleSites(standing).length >= plan.sum.quorum;
}

/** What the scheduler does now. */
export function decide(standing: Standing): Decision {
  const { plan, roster, refused, roundsClosed, enoughSinceMs, nowMs } = standing;
  if (roundsClosed >= plan.rounds) return { kind: 'finished' };
  const cohort = eligibleSites(standing);
  if (enoughSinceMs === null || !hasEnough(standing)) return { kind: 'wait', why: missing(standing, cohort.length) };
  const awaited = roster.sites.filter(({ site }) => !refused.has(site) && !cohort.includes(site));
  const atMs = enoughSinceMs + plan.schedule.waitMs;
  if (awaited.length === 0 || nowMs >= atMs) return { kind: 'open', round: roundsClosed + 1, cohort };
  return { kind: 'waitUntil', atMs, why: `${awaited.map(({ site }) => site).join(', ')}, but not for long` };
}

function missing(standing: Standing, eligibleCount: number): string {
  const { plan, roster, approved } = standing;
  if (approved.size < roster.approvalQuorum) {
    return `${roster.approvalQuorum - approved.size} more approvals of the plan`;
  }
  const presentCount = presentSites(standing).length;
  if (presentCount >= plan.sum.quorum) {
    return `the data key to reach ${plan.sum.quorum - eligibleCount} more of the sites that are connected`;
  }
  return `${plan.sum.quorum - presentCount} more sites that approved the plan to connect`;
}
