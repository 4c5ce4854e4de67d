/**
 * Who masks with whom: everybody with everybody, or for many sites a Harary graph, whose k neighbours of a site are the
 * k/2 before it and the k/2 after it on a ring that nobody chooses. Source: proto/spec/secure-sum.md, section 5; Bell et
 * al. 2020, section 4.
 *
 * @module
 */
import type { Crypto } from '../crypto/types.ts';
import { ProtocolError, UsageError } from '../errors.ts';
import { toHex, utf8 } from '../util/bytes.ts';
import type { SiteId } from '../util/ids.ts';
import { byId, firstDuplicate } from './context.ts';
import type { AttemptGraph } from './types.ts';

/** The degree of a sparse graph, and the number of sites up to which it is complete. */
export interface GraphShape {
  readonly degree: number;
  readonly completeUpTo: number;
}

/** A graph over U1, which is `order`, the order of the ring. */
export type Graph = Pick<AttemptGraph, 'kind' | 'order' | 'degree'>;

/** U1 sorted by `SHA-256(T1 || id)`. */
export function ringOrder(crypto: Crypto, transcript: Uint8Array, sites: readonly SiteId[]): readonly SiteId[] {
  const places = new Map(sites.map((site) => [site, toHex(crypto.sha256(transcript, utf8(site)))]));
  return sites.toSorted((a, b) => (places.get(a)! < places.get(b)! ? -1 : 1)); // every site has a place
}

/**
 * The graph of an attempt.
 *
 * @throws ProtocolError (duplicateSite) if a site is there twice; UsageError (oddDegree) if a sparse graph has an odd one.
 */
export function sumGraph(crypto: Crypto, transcript: Uint8Array, sites: readonly SiteId[], shape: GraphShape): Graph {
  const duplicate = firstDuplicate(sites);
  if (duplicate !== undefined) throw new ProtocolError('duplicateSite', `the graph has ${duplicate} twice`);
  return graphOnRing(ringOrder(crypto, transcript, sites), shape);
}

/** > Complete if there are at most `completeUpTo` sites or `k >= n - 1`. @throws UsageError (oddDegree) if it is sparse and odd. */
export function graphOnRing(order: readonly SiteId[], { degree, completeUpTo }: GraphShape): Graph {
  const most = order.length - 1;
  if (order.length <= completeUpTo || degree >= most) return { kind: 'complete', order, degree: most };
  if (degree % 2 === 0) return { kind: 'harary', order, degree };
  throw new UsageError('oddDegree', `a sparse graph has as many neighbours before as after, not ${degree}`);
}

/** The neighbours of a site of the ring, by id. */
export function neighboursOf({ kind, order, degree }: Graph, site: SiteId): readonly SiteId[] {
  if (kind === 'complete') return byId(order.filter((other) => other !== site));
  const place = order.indexOf(site);
  return byId([...places(order, place - degree / 2, degree / 2), ...places(order, place + 1, degree / 2)]);
}

/** The fewest members of U3 in any k/2 consecutive places; `null` in a complete graph, which has no gap rule. */
export function fewestInGap({ kind, order, degree }: Graph, u3: ReadonlySet<SiteId>): number | null {
  if (kind === 'complete') return null;
  const within = membersOnRing(order, u3);
  return Math.min(...order.map((_, place) => within(place, degree / 2)));
}

/** How many neighbours in U3 each site of U2 has, and who has too few for its secret to be rebuilt. */
export interface NeighbourhoodShares {
  readonly neighboursInU3: ReadonlyMap<SiteId, number>;
  readonly short: readonly SiteId[];
}

/** > Each member of U3 has `t_k - 1` neighbours in U3, for it keeps a share of its own, each dropout `t_k`. */
export function neighbourhoodShares(
  graph: Graph,
  u2: readonly SiteId[],
  u3: ReadonlySet<SiteId>,
  shareThreshold: number,
): NeighbourhoodShares {
  const counts = neighboursWithin(graph, u2, u3);
  const isShort = (site: SiteId): boolean => counts.get(site)! < (u3.has(site) ? shareThreshold - 1 : shareThreshold); // u2 has been counted
  return { neighboursInU3: counts, short: byId(u2.filter(isShort)) };
}

/** How many neighbours of each of these sites are members. */
function neighboursWithin(
  { kind, order, degree }: Graph,
  sites: readonly SiteId[],
  members: ReadonlySet<SiteId>,
): ReadonlyMap<SiteId, number> {
  if (kind === 'complete') return new Map(sites.map((site) => [site, members.size - (members.has(site) ? 1 : 0)]));
  const within = membersOnRing(order, members);
  const half = degree / 2;
  const counts = new Map(order.map((site, place) => [site, within(place - half, half) + within(place + 1, half)]));
  return new Map(sites.map((site) => [site, counts.get(site) ?? 0]));
}

/** How many of `count` consecutive places from `first` on are members'; the ring has no beginning. */
function membersOnRing(
  order: readonly SiteId[],
  members: ReadonlySet<SiteId>,
): (first: number, count: number) => number {
  const n = order.length;
  const before = new Uint32Array(2 * n + 1);
  for (let i = 0; i < 2 * n; i++) before[i + 1] = before[i]! + (members.has(order[i % n]!) ? 1 : 0);
  return (first, count) => {
    const from = (first + n) % n;
    return before[from + count]! - before[from]!;
  };
}

/** `count` consecutive places from `first` on; the ring has no beginning. */
function places(order: readonly SiteId[], first: number, count: number): readonly SiteId[] {
  return Array.from({ length: count }, (_, i) => order.at((first + i + order.length) % order.length)!); // within the ring
}
