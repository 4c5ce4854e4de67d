import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defaultDropouts, graphParameters, hasSparseGraph } from '#shared/secagg/graph-parameters';
import type { GraphParameters } from '#shared/secagg/graph-parameters';

function parameters(sites: number, colluders: number, dropouts: number): GraphParameters {
  return graphParameters({ sites, colluders, dropouts, completeUpTo: 32 });
}

describe('parameters of a sparse graph', () => {
  // From the same rules in exact fractions of binomial coefficients.
  for (const [sites, colluders, dropouts, degree, shareThreshold, gap] of [
    [40, 3, 3, 14, 4, 4],
    [256, 25, 25, 84, 26, 26],
    [512, 51, 51, 128, 51, 42],
    [512, 102, 51, 184, 91, 66],
    [255, 85, 25, 202, 86, 78],
  ] as const) {
    it(`are exact for ${String(sites)} sites, ${String(colluders)} colluders and ${String(dropouts)} dropouts`, () => {
      assert.deepEqual(parameters(sites, colluders, dropouts), { kind: 'harary', degree, shareThreshold, gap });
    });
  }

  it('ask for two shares at least, also where nobody colludes', () => {
    const row = parameters(40, 0, 3);
    assert.deepEqual([row.kind, row.kind === 'harary' && row.shareThreshold], ['harary', 2]);
  });

  it('are not needed for few sites', () => {
    assert.deepEqual(parameters(32, 1, 1), { kind: 'complete' });
  });

  it('do not exist where too many collude: complete up to 255 sites, refused above', () => {
    assert.deepEqual(parameters(255, 84, 84), { kind: 'complete' });
    assert.throws(() => parameters(1024, 341, 100), { code: 'tooManySites' });
  });
});

describe('the table of sparse graphs', () => {
  /** `n!` by the definition. */
  function factorial(n: number): bigint {
    return n <= 1 ? 1n : BigInt(n) * factorial(n - 1);
  }
  function choose(n: number, k: number): bigint {
    return k < 0 || k > n ? 0n : factorial(n) / (factorial(k) * factorial(n - k));
  }
  /** Of c drawn from n of which a are marked, in how many ways at least x are. */
  function ways(n: number, a: number, c: number, x: number): bigint {
    let sum = 0n;
    for (let i = Math.max(0, x); i <= c; i++) sum += choose(a, i) * choose(n - a, c - i);
    return sum;
  }
  interface Row {
    readonly degree: number;
    readonly shareThreshold: number;
    readonly gap: number;
  }

  /** The rules of proto/spec/sparse-graph.md as they stand there, one after the other. */
  function holds(n: number, f: number, d: number, { degree: k, shareThreshold, gap }: Row): boolean {
    const onRing = choose(n, k / 2);
    const around = choose(n - 1, k);
    const size = BigInt(n);
    const colluders =
      size * ways(n, f, k / 2, gap) * 2n ** 105n < onRing &&
      size * ways(n - 1, f, k, shareThreshold) * 2n ** 105n < around;
    const gapBroken = ways(n, d, k / 2, k / 2 - gap + 1) * around;
    const neighbourhoodBroken = ways(n - 1, d, k, k - shareThreshold + 1) * onRing;
    return colluders && size * (gapBroken + neighbourhoodBroken) * 2n ** 20n < onRing * around;
  }

  it('gives rows that keep the rules, with the least t_k and g for their degree', () => {
    const demand = fc.record({ sites: fc.integer({ min: 33, max: 120 }), colluders: fc.nat(9), dropouts: fc.nat(9) });
    fc.assert(
      fc.property(demand, ({ sites, colluders, dropouts }) => {
        const row = parameters(sites, colluders, dropouts);
        if (row.kind === 'complete') return;
        assert.ok(holds(sites, colluders, dropouts, row));
        assert.ok(!holds(sites, colluders, dropouts, { ...row, gap: row.gap - 1 }));
        const fewer = { ...row, shareThreshold: row.shareThreshold - 1 };
        assert.ok(fewer.shareThreshold === 1 || !holds(sites, colluders, dropouts, fewer));
      }),
      { numRuns: 25, seed: 3 },
    );
  });

  it('has a row for more sites wherever it has one for fewer, and then no greater degree', () => {
    for (const [colluders, dropouts] of [
      [10, 10],
      [25, 25],
      [51, 51],
      [60, 20],
    ] as const) {
      const demands = [256, 257, 300, 400, 512, 700, 1024, 2048].map((sites) => ({
        ...{ sites, colluders, dropouts },
        completeUpTo: 32,
      }));
      const first = demands.findIndex(hasSparseGraph);
      assert.ok(first >= 0);
      const degrees = demands.slice(first).map((demand) => {
        const row = graphParameters(demand);
        return row.kind === 'harary' ? row.degree : Infinity;
      });
      assert.deepEqual(
        degrees,
        degrees.toSorted((a, b) => b - a),
      );
    }
  });

  it('bears by default what the quorum allows, and above 32 sites a tenth of them', () => {
    assert.equal(defaultDropouts(10, 7), 3);
    assert.equal(defaultDropouts(32, 22), 10);
    assert.equal(defaultDropouts(64, 36), 6);
    assert.equal(defaultDropouts(64, 64), 0);
  });
});
