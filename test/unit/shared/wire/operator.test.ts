import assert from 'node:assert/strict';
import * as wire from '#shared/wire/operator';
import type { PlanSummary, RoundSummary, SiteSummary, Status } from '#shared/wire/types';
import { bytesOf, siteId } from '../../../support/secrets.ts';
import { holdsOnTheWire } from '../../../support/wire-laws.ts';

const north = siteId('north');
const noSite = '' as typeof north;
const short = new Uint8Array(31);
const words = ['abandon', 'zoo'];

const summary: PlanSummary = {
  plan: Uint8Array.of(1),
  planHash: bytesOf('plan'),
  roster: Uint8Array.of(2),
  rosterHash: bytesOf('roster'),
  rosterWords: words,
  approved: [north],
  refused: [{ site: siteId('south'), code: 'declined' }],
};
const round: RoundSummary = {
  round: 1,
  attempt: 2,
  phase: 'closed',
  cohort: [north],
  survivors: [north],
  outcome: 'tooFewShares',
  culprits: [north],
  modelHash: bytesOf('model'),
  aggregateHash: bytesOf('aggregate'),
  openedAtMs: 1_790_000_000_000,
  closedAtMs: 1_790_000_000_001,
};
const openRound: RoundSummary = { ...round, outcome: null, aggregateHash: null, closedAtMs: null };
const status: Status = {
  consortium: 'Häuser',
  mainPort: 7443,
  enrolmentPort: 7444,
  enrolledCount: 4,
  connectedCount: 3,
  approvedCount: 2,
  planHash: bytesOf('plan'),
  roundsPlanned: 25,
  roundsClosed: 3,
  roundsAccepted: 2,
  openRound: 4,
  waitingFor: 'south',
};
const site: SiteSummary = {
  site: north,
  identityKey: bytesOf('identity'),
  sealingKey: bytesOf('sealing'),
  tlsKeyHash: bytesOf('tls'),
  enrolledAtMs: 1,
  certificateExpiresAtMs: 2,
  connected: true,
  rostered: true,
  approved: true,
};

describe('what the operator and the coordinator say', () => {
  holdsOnTheWire({
    name: 'InviteRequest',
    value: { site: north, validMs: 3_600_000 },
    encode: wire.encodeInviteRequest,
    decode: wire.decodeInviteRequest,
    shorter: [7],
    refused: [
      ['site', 'badFormat', { site: noSite, validMs: 1 }],
      ['valid_ms', 'outOfRange', { site: north, validMs: 2 ** 60 }],
    ],
  });

  const invitation = { token: 'consilium1.north.a.b', expiresAtMs: 1_790_000_000_000, rosterWords: words };
  it('Invitation comes back, and a token of any length does not', () => {
    assert.deepEqual(wire.decodeInvitation(wire.encodeInvitation(invitation)), invitation);
    assert.throws(
      () => wire.decodeInvitation(wire.encodeInvitation({ ...invitation, token: 'x'.repeat(257) })),
      /token/,
    );
    const wrong = { ...invitation, rosterWords: ['x'.repeat(65)] };
    assert.throws(() => wire.decodeInvitation(wire.encodeInvitation(wrong)), /roster_words/);
  });

  it('the text of a plan comes back, up to a mebibyte', () => {
    assert.equal(wire.decodePlanText(wire.encodePlanText('name: x\n')), 'name: x\n');
    assert.throws(() => wire.decodePlanText(wire.encodePlanText('x'.repeat((1 << 20) + 1))), /text/);
  });

  it('a plan comes back, or none', () => {
    assert.deepEqual(wire.decodePlanSummary(wire.encodePlanSummary(summary)), summary);
    assert.equal(wire.decodePlanSummary(wire.encodePlanSummary(null)), null);
  });

  for (const [field, wrong] of [
    ['plan', { plan: new Uint8Array(0) }],
    ['plan_hash', { planHash: short }],
    ['roster', { roster: new Uint8Array(0) }],
    ['roster_hash', { rosterHash: short }],
    ['approved', { approved: [noSite] }],
    ['refused.site', { refused: [{ site: noSite, code: 'policy' as const }] }],
  ] as const) {
    it(`a plan is refused for its ${field}`, () => {
      assert.throws(
        () => wire.decodePlanSummary(wire.encodePlanSummary({ ...summary, ...wrong })),
        new RegExp(`PlanResponse: ${field}:`),
      );
    });
  }

  it('rounds come back, open and closed', () => {
    assert.deepEqual(wire.decodeRoundSummaries(wire.encodeRoundSummaries([round, openRound])), [round, openRound]);
  });

  for (const [field, wrong] of [
    ['round', { round: 0 }],
    ['phase', { phase: 'x'.repeat(65) }],
    ['cohort', { cohort: [noSite] }],
    ['survivors', { survivors: [noSite] }],
    ['culprits', { culprits: [noSite] }],
    ['model_hash', { modelHash: short }],
    ['aggregate_hash', { aggregateHash: short }],
    ['opened_at_ms', { openedAtMs: 2 ** 60 }],
    ['closed_at_ms', { closedAtMs: 2 ** 60 }],
  ] as const) {
    it(`a round is refused for its ${field}`, () => {
      assert.throws(
        () => wire.decodeRoundSummaries(wire.encodeRoundSummaries([{ ...round, ...wrong }])),
        new RegExp(`StatusResponse: ${field}:`),
      );
    });
  }

  it('the number of a cancelled round comes back', () => {
    assert.equal(wire.decodeCancelled(wire.encodeCancelled(7)), 7);
    assert.throws(() => wire.decodeCancelled(wire.encodeCancelled(0)), /round/);
  });

  it('the standing of a consortium comes back, with and without a plan', () => {
    const idle = { ...status, planHash: null, openRound: null };
    assert.deepEqual(wire.decodeStatus(wire.encodeStatus(status)), status);
    assert.deepEqual(wire.decodeStatus(wire.encodeStatus(idle)), idle);
    for (const [field, wrong] of [
      ['consortium', { consortium: 'x'.repeat(201) }],
      ['main_port', { mainPort: 65_536 }],
      ['enrolment_port', { enrolmentPort: 65_536 }],
      ['plan_hash', { planHash: short }],
      ['waiting_for', { waitingFor: 'x'.repeat(501) }],
    ] as const) {
      assert.throws(() => wire.decodeStatus(wire.encodeStatus({ ...status, ...wrong })), new RegExp(`: ${field}:`));
    }
  });

  it('sites come back', () => {
    assert.deepEqual(wire.decodeSites(wire.encodeSites([site])), [site]);
    for (const [field, wrong] of [
      ['site', { site: noSite }],
      ['identity_key', { identityKey: short }],
      ['sealing_key', { sealingKey: short }],
      ['tls_key_hash', { tlsKeyHash: short }],
      ['enrolled_at_ms', { enrolledAtMs: 2 ** 60 }],
      ['certificate_expires_at_ms', { certificateExpiresAtMs: 2 ** 60 }],
    ] as const) {
      assert.throws(() => wire.decodeSites(wire.encodeSites([{ ...site, ...wrong }])), new RegExp(`: ${field}:`));
    }
  });
});
