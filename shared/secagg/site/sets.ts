/** Lists of sites as sets: U1, U2, U3 are compared and checked here. @module */
import type { SiteId } from '../../util/ids.ts';
import { firstDuplicate } from '../context.ts';

/** Whether two lists name the same sites, in any order, each once. */
export function sameSites(a: readonly SiteId[], b: readonly SiteId[]): boolean {
  const members = new Set(a);
  return a.length === b.length && members.size === a.length && new Set(b).size === b.length && isWithin(b, members);
}

/** Whether every site of the list is in the set. */
export function isWithin(sites: readonly SiteId[], set: ReadonlySet<SiteId> | ReadonlyMap<SiteId, unknown>): boolean {
  return sites.every((site) => set.has(site));
}

/** What is wrong with a list that should be at least `quorum` sites of `within`, if anything. */
export function closedListProblem(
  sites: readonly SiteId[],
  within: ReadonlySet<SiteId> | ReadonlyMap<SiteId, unknown>,
  quorum: number,
): 'duplicateSite' | 'notASubset' | 'belowQuorum' | undefined {
  if (firstDuplicate(sites) !== undefined) return 'duplicateSite';
  if (!isWithin(sites, within)) return 'notASubset';
  return sites.length < quorum ? 'belowQuorum' : undefined;
}
