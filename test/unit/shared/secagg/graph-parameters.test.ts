import assert from 'node:assert/strict';
import { graphParameters } from '#shared/secagg/graph-parameters';
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

  it('are not needed for few sites', () => {
    assert.deepEqual(parameters(32, 1, 1), { kind: 'complete' });
  });

  it('do not exist where too many collude: complete up to 255 sites, refused above', () => {
    assert.deepEqual(parameters(255, 84, 84), { kind: 'complete' });
    assert.throws(() => parameters(1024, 341, 100), { code: 'tooManySites' });
  });
});
