import assert from 'node:assert/strict';
import { nodeCrypto } from '#shared/crypto/node';
import { fewestInGap, graphOnRing, neighbourhoodShares, neighboursOf, ringOrder, sumGraph } from '#shared/secagg/graph';
import { bytesOf, siteId } from '../../../support/secrets.ts';

const transcript = bytesOf('T1');
const sites = Array.from({ length: 11 }, (_, i) => siteId(`site-${String(i)}`));

describe('graph of an attempt', () => {
  it('joins everybody with everybody when sites are few or the degree is high', () => {
    for (const shape of [
      { degree: 2, completeUpTo: 11 },
      { degree: 10, completeUpTo: 4 },
    ]) {
      const graph = sumGraph(nodeCrypto, transcript, sites, shape);
      assert.deepEqual([graph.kind, graph.degree], ['complete', 10]);
      for (const site of sites) assert.deepEqual(new Set([...neighboursOf(graph, site), site]), new Set(sites));
    }
  });

  it('gives every site k neighbours, each of which has it as a neighbour too', () => {
    for (const degree of [2, 4, 8]) {
      const graph = sumGraph(nodeCrypto, transcript, sites, { degree, completeUpTo: 4 });
      assert.equal(graph.kind, 'harary');
      for (const site of sites) {
        const others = neighboursOf(graph, site);
        assert.equal(new Set(others).size, degree);
        assert(others.every((other) => other !== site && neighboursOf(graph, other).includes(site)));
      }
    }
  });

  it('depends on the transcript and not on the order in which sites are given', () => {
    const order = ringOrder(nodeCrypto, transcript, sites);
    assert.deepEqual(ringOrder(nodeCrypto, transcript, sites.toReversed()), order);
    assert.notDeepEqual(ringOrder(nodeCrypto, bytesOf('another T1'), sites), order);
  });

  it('refuses a site that is there twice, and an odd degree where it matters', () => {
    const twice = [...sites, sites[0]!];
    const odd = { degree: 3, completeUpTo: 4 };
    assert.throws(() => sumGraph(nodeCrypto, transcript, twice, odd), { code: 'duplicateSite' });
    assert.throws(() => sumGraph(nodeCrypto, transcript, sites, odd), { code: 'oddDegree' });
    assert.equal(sumGraph(nodeCrypto, transcript, sites, { ...odd, completeUpTo: 11 }).kind, 'complete');
  });
});

describe('gap rule', () => {
  const graph = graphOnRing(sites, { degree: 6, completeUpTo: 4 });

  it('counts over the end of the ring', () => {
    const u3 = new Set(sites.slice(2, 10)); // places 10, 0 and 1 are lost
    assert.equal(fewestInGap(graph, u3), 0);
    assert.equal(fewestInGap(graph, new Set(sites.slice(1, 10))), 1);
  });

  it('is no rule in a complete graph', () => {
    assert.equal(fewestInGap(graphOnRing(sites, { degree: 6, completeUpTo: 11 }), new Set()), null);
  });
});

describe('shares in a neighbourhood', () => {
  const graph = graphOnRing(sites.slice(0, 4), { degree: 2, completeUpTo: 3 });

  it('are one more for a survivor, which keeps one, than for a dropout', () => {
    const u3 = new Set(sites.slice(0, 3));
    assert.deepEqual(neighbourhoodShares(graph, sites.slice(0, 4), u3, 2).short, []);
    const { neighboursInU3, short } = neighbourhoodShares(graph, sites.slice(0, 4), u3, 3);
    assert.deepEqual([...neighboursInU3.values()], [1, 2, 1, 2]);
    assert.deepEqual(short, [sites[0], sites[2], sites[3]]);
  });

  it('are counted in a complete graph too', () => {
    const complete = graphOnRing(sites.slice(0, 4), { degree: 2, completeUpTo: 4 });
    const { neighboursInU3 } = neighbourhoodShares(complete, sites.slice(0, 4), new Set(sites.slice(0, 3)), 4);
    assert.deepEqual([...neighboursInU3.values()], [2, 2, 2, 3]);
  });

  it('are not asked of a site outside U2', () => {
    const { neighboursInU3 } = neighbourhoodShares(graph, sites.slice(0, 2), new Set(sites.slice(0, 2)), 2);
    assert.deepEqual([...neighboursInU3.keys()], sites.slice(0, 2));
  });
});
