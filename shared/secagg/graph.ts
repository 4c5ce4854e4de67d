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

/** The degree of a sparse graph, and the number of sites up to which it is complete. */
export interface GraphShape {
  readonly degree: number;
  readonly completeUpTo: number;
}

/** A graph over U1; the order is that of the ring, the neighbours of a site are by id. */
export interface Graph {
  readonly kind: 'complete' | 'harary';
  readonly order: readonly SiteId[];
  readonly neighbours: ReadonlyMap<SiteId, readonly SiteId[]>;
}

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
  const order = ringOrder(crypto, transcript, sites);
  return { kind: kindOf(sites.length, shape), order, neighbours: neighboursOnRing(order, shape) };
}

/** The neighbours of every site of a ring, by id. @throws UsageError (oddDegree) if a sparse graph has an odd one. */
export function neighboursOnRing(order: readonly SiteId[], shape: GraphShape): ReadonlyMap<SiteId, readonly SiteId[]> {
  if (kindOf(order.length, shape) === 'complete') {
    return new Map(order.map((site) => [site, byId(order.filter((other) => other !== site))]));
  }
  if (shape.degree % 2 !== 0) {
    throw new UsageError('oddDegree', `a sparse graph has as many neighbours before as after, not ${shape.degree}`);
  }
  const half = shape.degree / 2;
  return new Map(
    order.map((site, i) => [site, byId([...places(order, i - half, half), ...places(order, i + 1, half)])]),
  );
}

/** > Complete if there are at most `completeUpTo` sites or `k >= n - 1`. */
function kindOf(sites: number, { degree, completeUpTo }: GraphShape): Graph['kind'] {
  return sites <= completeUpTo || degree >= sites - 1 ? 'complete' : 'harary';
}

/** The fewest members of U3 in any k/2 consecutive places; `null` in a complete graph, which has no gap rule. */
export function fewestInGap(
  order: readonly SiteId[],
  u3: ReadonlySet<SiteId>,
  { degree, completeUpTo }: GraphShape,
): number | null {
  if (order.length <= completeUpTo) return null;
  const counts = order.map((_, i) => places(order, i, degree / 2).filter((site) => u3.has(site)).length);
  return Math.min(...counts);
}

/** How many neighbours in U3 each site of U2 has, and who has too few for its secret to be rebuilt. */
export interface NeighbourhoodShares {
  readonly neighboursInU3: ReadonlyMap<SiteId, number>;
  readonly short: readonly SiteId[];
}

/** > Each member of U3 has `t_k - 1` neighbours in U3, for it keeps a share of its own, each dropout `t_k`. */
export function neighbourhoodShares(
  neighbours: ReadonlyMap<SiteId, readonly SiteId[]>,
  u2: readonly SiteId[],
  u3: ReadonlySet<SiteId>,
  shareThreshold: number,
): NeighbourhoodShares {
  const counts = new Map(u2.map((site) => [site, (neighbours.get(site) ?? []).filter((id) => u3.has(id)).length]));
  const isShort = (site: SiteId): boolean => counts.get(site)! < (u3.has(site) ? shareThreshold - 1 : shareThreshold);
  return { neighboursInU3: counts, short: byId(u2.filter(isShort)) };
}

/** `count` consecutive places from `first` on; the ring has no beginning. */
function places(order: readonly SiteId[], first: number, count: number): readonly SiteId[] {
  return Array.from({ length: count }, (_, i) => order.at((first + i + order.length) % order.length)!); // within the ring
}
