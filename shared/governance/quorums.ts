/**
 * The numbers that make a secure sum safe, and their defaults. Source: proto/spec/secure-sum.md, section 2.
 *
 * @module
 */

/** Sites at most, colluders f, threshold t and quorum q of a plan. */
export interface Quorums {
  readonly maxSites: number;
  readonly colluders: number;
  readonly threshold: number;
  readonly quorum: number;
}

/** `f = floor((n − 1) / 3)`, `t = floor((n + f) / 2) + 1`, `q = max(t, f + 2, 3)`, each made from the values given. */
export function defaultQuorums(given: { readonly maxSites: number } & Partial<Quorums>): Quorums {
  const { maxSites } = given;
  const colluders = given.colluders ?? Math.floor((maxSites - 1) / 3);
  const threshold = given.threshold ?? Math.floor((maxSites + colluders) / 2) + 1;
  const quorum = given.quorum ?? Math.max(threshold, colluders + 2, 3);
  return { maxSites, colluders, threshold, quorum };
}

/** More than half of the sites and more than `colluders`: how many sites approve a plan or a change of members. */
export function defaultRosterQuorum(siteCount: number, colluders: number): number {
  return Math.max(Math.floor(siteCount / 2), colluders) + 1;
}
