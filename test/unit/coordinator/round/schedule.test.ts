import assert from 'node:assert/strict';
import { decide, hasEnough } from '#coordinator/round/schedule';
import type { Standing } from '#coordinator/round/schedule';
import { parsePlan } from '#shared/governance/plan';
import { planText } from '../../../support/plan-text.ts';
import { bytesOf, siteId } from '../../../support/secrets.ts';

const names = ['east', 'north', 'south', 'west'].map(siteId);
const [east, north, south, west] = names as [
  (typeof names)[0],
  (typeof names)[0],
  (typeof names)[0],
  (typeof names)[0],
]; // four
const plan = parsePlan(planText({ maxSites: 4, rounds: 2, schedule: 'waitMs: 1000' })); // quorum 3
const roster = {
  consortium: 'Test',
  coordinatorKey: bytesOf('coordinator'),
  sites: names.map((site) => ({ site, identityKey: bytesOf('i'), sealingKey: bytesOf('s'), tlsKeyHash: bytesOf('t') })),
  approvalQuorum: 3,
  membershipQuorum: 3,
};
const everybody: Standing = {
  plan,
  roster,
  approved: new Set(names),
  refused: new Set(),
  connected: new Set(names),
  keyed: null,
  roundsClosed: 0,
  enoughSinceMs: 100,
  nowMs: 100,
};

describe('when a round opens', () => {
  it('at once, for all, when everybody is approved and connected', () => {
    assert.deepEqual(decide(everybody), { kind: 'open', round: 1, cohort: names });
    assert.deepEqual(decide({ ...everybody, roundsClosed: 1 }), { kind: 'open', round: 2, cohort: names });
  });

  it('never again after the rounds of the plan', () => {
    assert.deepEqual(decide({ ...everybody, roundsClosed: 2 }), { kind: 'finished' });
  });

  it('after waitMs without a site that is away, and says for whom it waits', () => {
    const standing = { ...everybody, connected: new Set([west, north, east]) };
    const waits = decide(standing);
    assert.deepEqual([waits.kind, 'atMs' in waits ? waits.atMs : 0], ['waitUntil', 1100]);
    assert('why' in waits && waits.why.includes('south'));
    assert.equal(decide({ ...standing, nowMs: 1099 }).kind, 'waitUntil');
    assert.deepEqual(decide({ ...standing, nowMs: 1100 }), { kind: 'open', round: 1, cohort: [east, north, west] });
  });

  it('at once without a site that refused the plan', () => {
    const standing = { ...everybody, approved: new Set([east, north, west]), refused: new Set([south]) };
    assert.deepEqual(decide(standing), { kind: 'open', round: 1, cohort: [east, north, west] });
  });

  it('not for a site that is connected and has not approved', () => {
    const standing = { ...everybody, approved: new Set([east, north, west]), nowMs: 5000 };
    assert.deepEqual(decide(standing), { kind: 'open', round: 1, cohort: [east, north, west] });
  });

  it('not below the quorum, however long one waits', () => {
    const standing = { ...everybody, connected: new Set([east, north]), nowMs: 1e9 };
    assert(!hasEnough(standing));
    assert.equal(decide(standing).kind, 'wait');
  });

  it("not below the roster's approvals, whoever is connected", () => {
    const standing = { ...everybody, roster: { ...roster, approvalQuorum: 4 }, approved: new Set([east, north, west]) };
    assert(!hasEnough(standing));
    const waits = decide({ ...standing, nowMs: 1e9 });
    assert(waits.kind === 'wait' && waits.why.includes('1 more approvals'));
  });
});
