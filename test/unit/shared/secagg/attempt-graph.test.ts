import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nodeCrypto } from '#shared/crypto/node';
import { attemptGraph, hasEnoughNeighbours, holdersOf, survivorGraphProblem } from '#shared/secagg/attempt-graph';
import { neighboursOf } from '#shared/secagg/graph';
import type { AttemptGraph } from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';
import { bytesOf } from '../../../support/secrets.ts';
import { study } from '../../../support/study.ts';

/** As many dropouts as colluders. */
function graphFor(count: number, colluders: number, seed = 'T1'): AttemptGraph {
  const { names, parameters } = study({ count, parameters: { colluders, dropouts: colluders } });
  return attemptGraph(nodeCrypto, bytesOf(seed), names, parameters);
}

/** `order` without these places. */
function without({ order }: AttemptGraph, lost: (place: number) => boolean): readonly SiteId[] {
  return order.filter((_, place) => !lost(place));
}

describe('graph of an attempt under a plan', () => {
  it('is complete up to 32 sites, and opens with the threshold of the plan', () => {
    const { kind, degree, shareThreshold, gap } = graphFor(32, 3);
    assert.deepEqual(
      { kind, degree, shareThreshold, gap },
      { kind: 'complete', degree: 31, shareThreshold: 18, gap: 0 },
    );
  });

  it('is sparse above, with the row of the table', () => {
    const { kind, degree, shareThreshold, gap } = graphFor(40, 3);
    assert.deepEqual({ kind, degree, shareThreshold, gap }, { kind: 'harary', degree: 14, shareThreshold: 4, gap: 4 });
  });

  it('is complete where the table has no row, up to 255 sites, and none above', () => {
    const { kind, shareThreshold } = graphFor(40, 13);
    assert.deepEqual([kind, shareThreshold], ['complete', 27]);
    assert.throws(() => graphFor(256, 85), { code: 'tooManySites' });
  });

  it('has as holders of a site’s shares its neighbours and the site itself, at most 255 of them', () => {
    for (const graph of [graphFor(8, 2), graphFor(40, 3), graphFor(255, 84)]) {
      const [site] = graph.order as [SiteId];
      const holders = holdersOf(graph, site);
      assert.deepEqual(new Set(holders), new Set([site, ...neighboursOf(graph, site)]));
      assert.equal(holders.length, graph.degree + 1);
      assert.ok(holders.length <= 255);
    }
  });
});

describe('a set of survivors', () => {
  const graph = graphFor(40, 3);
  const u2 = graph.order;

  it('is fit when nobody is lost, and in a complete graph whenever the quorum is reached', () => {
    assert.equal(survivorGraphProblem(graph, u2, u2), undefined);
    const complete = graphFor(7, 2);
    assert.equal(survivorGraphProblem(complete, complete.order, complete.order.slice(0, 5)), undefined);
  });

  it('is refused when some k/2 consecutive places hold fewer than g of it, also over the end of the ring', () => {
    assert.equal(
      survivorGraphProblem(
        graph,
        u2,
        without(graph, (place) => place < 3),
      ),
      undefined,
    );
    assert.equal(
      survivorGraphProblem(
        graph,
        u2,
        without(graph, (place) => place < 4),
      ),
      'gapTooWide',
    );
    assert.equal(
      survivorGraphProblem(
        graph,
        u2,
        without(graph, (place) => place < 2 || place > 37),
      ),
      'gapTooWide',
    );
  });

  it('is refused when a secret of U2 has fewer than t_k holders in it', () => {
    const lost = without(graph, (place) => place < 12); // of the neighbours of place 5 three are left
    assert.equal(survivorGraphProblem(graph, u2, lost), 'tooFewNeighbours');
  });

  it('may hold a site whose own share is the t_k-th, and a dropout needs one more neighbour', () => {
    const around = (place: number): boolean => Math.abs(place - 20) <= 7;
    const survivor = without(graph, (place) => around(place) && ![18, 19, 20, 21].includes(place));
    assert.equal(hasEnoughNeighbours(graph, graph.order[20]!, survivor), true);
    const u3 = without(graph, (place) => around(place) && ![18, 19, 21].includes(place));
    assert.equal(hasEnoughNeighbours(graph, graph.order[20]!, u3), true, 'three neighbours and its own share');
    assert.equal(survivorGraphProblem({ ...graph, gap: 0 }, survivor, survivor), undefined);
    assert.equal(survivorGraphProblem({ ...graph, gap: 0 }, [...u3, graph.order[20]!], u3), 'tooFewNeighbours');
    const fewer = without(graph, (place) => around(place) && ![19, 20, 21].includes(place));
    assert.equal(hasEnoughNeighbours(graph, graph.order[20]!, fewer), false);
  });
});

describe('the gap rule', () => {
  /** Whether the honest members of U3 are joined to one another by masks that no colluder and no dropout shares. */
  function isConnected(graph: AttemptGraph, honest: readonly SiteId[]): boolean {
    const members = new Set(honest);
    const seen = new Set(honest.slice(0, 1));
    for (const site of seen) for (const near of neighboursOf(graph, site)) if (members.has(near)) seen.add(near);
    return seen.size === members.size;
  }

  it('leaves the honest survivors connected whoever is lost, while no k/2 places hold g colluders', () => {
    let checked = 0;
    const choice = fc.record({
      count: fc.integer({ min: 33, max: 90 }),
      seed: fc.string(),
      lost: fc.uniqueArray(fc.nat(89), { maxLength: 30 }),
      arc: fc.tuple(fc.nat(89), fc.nat(8)),
      colluders: fc.uniqueArray(fc.nat(89), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(choice, ({ count, seed, lost, arc: [from, length], colluders }) => {
        const graph = graphFor(count, 4, seed);
        assert.equal(graph.kind, 'harary');
        const inArc = (place: number): boolean => (place - from + count) % count < length;
        const u3 = without(graph, (place) => inArc(place) || lost.includes(place));
        if (survivorGraphProblem(graph, graph.order, u3) !== undefined) return;
        checked += 1;
        const honest = u3.filter((site) => !colluders.includes(graph.order.indexOf(site)));
        assert.ok(isConnected(graph, honest));
      }),
      { numRuns: 150, seed: 7 },
    );
    assert.ok(checked > 50, `${String(checked)} of 150 survivor sets kept the rules`);
  });
});
