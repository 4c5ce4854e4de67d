/**
 * The graph of one attempt, which follows from T1 and the plan alone: who deals to whom, how many shares open a secret,
 * and whether a set of survivors can be opened, and opened to nothing but its sum. Source: proto/spec/secure-sum.md,
 * section 5, "Graph"; proto/spec/sparse-graph.md.
 *
 * @module
 */
import type { Crypto } from '../crypto/types.ts';
import type { SiteId } from '../util/ids.ts';
import { byId } from './context.ts';
import { completeUpTo, graphParameters } from './graph-parameters.ts';
import { fewestInGap, graphOnRing, neighbourhoodShares, neighboursOf, ringOrder } from './graph.ts';
import type { AttemptGraph, SumParameters } from './types.ts';

/**
 * The graph over U1: complete with `t_k = t`, or sparse with what the number of sites, colluders and dropouts gives.
 *
 * @throws UsageError (tooManySites) if there is none, which the rules of a plan leave out.
 */
export function attemptGraph(
  crypto: Crypto,
  transcript: Uint8Array,
  u1: readonly SiteId[],
  { colluders, dropouts, threshold }: SumParameters,
): AttemptGraph {
  const order = ringOrder(crypto, transcript, u1);
  const parameters = graphParameters({ sites: u1.length, colluders, dropouts, completeUpTo });
  if (parameters.kind === 'complete') {
    return { ...graphOnRing(order, { degree: 0, completeUpTo: order.length }), shareThreshold: threshold, gap: 0 };
  }
  const { degree, shareThreshold, gap } = parameters;
  return { ...graphOnRing(order, { degree, completeUpTo }), shareThreshold, gap };
}

/** Who holds shares of a site's secrets, by id: its neighbours and itself. */
export function holdersOf(graph: AttemptGraph, site: SiteId): readonly SiteId[] {
  return byId([...neighboursOf(graph, site), site]);
}

/** The neighbours of a site that are in this list, in its order. */
export function neighboursAmong(graph: AttemptGraph, site: SiteId, list: readonly SiteId[]): readonly SiteId[] {
  const neighbours = new Set(neighboursOf(graph, site));
  return list.filter((other) => neighbours.has(other));
}

/** > At least t_k - 1 neighbours in U2: with its own, enough shares to open the site's masks. */
export function hasEnoughNeighbours(graph: AttemptGraph, site: SiteId, u2: readonly SiteId[]): boolean {
  return neighboursAmong(graph, site, u2).length >= graph.shareThreshold - 1;
}

/**
 * > Each member of U3 has t_k - 1 neighbours in U3, each dropout t_k; every k/2 consecutive places of the ring hold at
 * > least g members of U3.
 *
 * In a complete graph both follow from the quorum.
 */
export function survivorGraphProblem(
  graph: AttemptGraph,
  u2: readonly SiteId[],
  u3: readonly SiteId[],
): 'tooFewNeighbours' | 'gapTooWide' | undefined {
  const members = new Set(u3);
  if (neighbourhoodShares(graph, u2, members, graph.shareThreshold).short.length > 0) return 'tooFewNeighbours';
  const fewest = fewestInGap(graph, members);
  return fewest !== null && fewest < graph.gap ? 'gapTooWide' : undefined;
}
