import assert from 'node:assert/strict';
import { acrossSites } from '#client/evaluate/across-sites';
import { ranksBySite } from '#client/evaluate/retrieval-by-site';

describe('figures of several hospitals', () => {
  it('names the worst hospital beside the mean', () => {
    const figures = new Map([
      ['north', 0.6],
      ['south', 0.2],
      ['west', null],
    ]);
    const { mean, worst, without } = acrossSites(figures, 'higher')!;
    assert.deepEqual([mean, worst, without], [0.4, { site: 'south', figure: 0.2 }, ['west']]);
    assert.deepEqual(acrossSites(figures, 'lower')!.worst, { site: 'north', figure: 0.6 });
    assert.equal(acrossSites(new Map([['west', null]]), 'higher'), null);
  });

  it('ranks partners among their own hospital and among the others, ties against', () => {
    const similarity = [[0.5, 0.6, 0.5, 0.1], [0, 1, 0, 0], [0, 0, 1, 0], [0.9, 0.9, 0.2, 0.3]]; // prettier-ignore
    const { ownSite, otherSites } = ranksBySite(similarity, ['a', 'a', 'b', 'b']);
    assert.deepEqual([ownSite, otherSites], [[2, 1, 1, 1], [2, 1, 1, 3]]); // prettier-ignore
  });
});
