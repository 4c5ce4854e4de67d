import assert from 'node:assert/strict';
import { closedListProblem, isWithin, sameSites } from '#shared/secagg/site/sets';
import { siteId } from '../../../../support/secrets.ts';

const [a, b, c] = ['a', 'b', 'c'].map(siteId) as [
  ReturnType<typeof siteId>,
  ReturnType<typeof siteId>,
  ReturnType<typeof siteId>,
];

describe('lists of sites', () => {
  it('are the same in any order, and not when one is there twice', () => {
    assert.ok(sameSites([a, b], [b, a]));
    assert.ok(!sameSites([a, b], [a, c]));
    assert.ok(!sameSites([a, b], [a, b, c]));
    assert.ok(!sameSites([a, a], [a, a]));
    assert.ok(!sameSites([a, b], [a, a]));
    assert.ok(!sameSites([a, a], [a, b]));
  });

  it('are within a set when every member is', () => {
    assert.ok(isWithin([], new Set()));
    assert.ok(isWithin([a], new Map([[a, 1]])));
    assert.ok(!isWithin([a, b], new Set([a])));
  });

  it('close a phase when they are of the set, each once, and enough', () => {
    const within = new Set([a, b, c]);
    assert.equal(closedListProblem([a, b], within, 2), undefined);
    assert.equal(closedListProblem([a], within, 2), 'belowQuorum');
    assert.equal(closedListProblem([a, a], within, 2), 'duplicateSite');
    assert.equal(closedListProblem([a, siteId('d')], within, 2), 'notASubset');
  });
});
