import assert from 'node:assert/strict';
import { Federation } from '../support/federation.ts';
import type { Moment, Op } from '../support/federation.ts';
import { expectedRound, sitesInSum } from '../support/round-oracle.ts';
import { study } from '../support/study.ts';
import type { Study } from '../support/study.ts';

const moments: readonly Moment[] = [
  'ready',
  'advertisement',
  'keyShares',
  'uploadCommitment',
  'chunks',
  'confirmation',
  'unmaskAnswer',
  'modelSignature',
];

/** Runs the round to its end and compares it with what the losses must lead to. */
async function expectRound(plan: Study, ops: readonly Op[]): Promise<Federation> {
  const fed = await new Federation(plan, ops).run();
  const expected = expectedRound(plan, ops);
  assert.equal(fed.coordinator.ended?.outcome, expected.outcome);
  assert.deepEqual(fed.sum && sitesInSum(plan, fed.sum), expected.u3);
  for (const { lost, erased, ended } of fed.members.values()) {
    if (!lost) assert.deepEqual([erased, ended?.outcome], [true, expected.outcome]);
  }
  return fed;
}

describe('a site lost in each of phases 0, 1, 2, 3, 4, and two sites in two phases', () => {
  it('gives the exact sum of all when nobody is lost', async () => {
    await expectRound(study({ count: 3 }), []);
  });

  for (const before of moments) {
    it(`gives the exact sum of U3 when a site is lost before its ${before}`, async () => {
      const plan = study({ count: 4 });
      const fed = await expectRound(plan, [{ op: 'lose', site: plan.names[1]!, before }]);
      assert.equal(fed.coordinator.ended?.outcome, 'accepted');
    });

    it(`fails with a reason when a site too many is lost before its ${before}`, async () => {
      const plan = study({ count: 4 });
      const lost = plan.names.slice(0, 2);
      const fed = await expectRound(
        plan,
        lost.map((site) => ({ op: 'lose', site, before })),
      );
      assert.notEqual(fed.coordinator.ended?.outcome, 'accepted');
    });
  }

  for (const [i, first] of moments.entries()) {
    for (const second of moments.slice(i + 1)) {
      it(`gives the exact sum of U3 when one site is lost before its ${first} and another before its ${second}`, async () => {
        const plan = study({ count: 7 });
        const [a, b] = plan.names;
        const fed = await expectRound(plan, [
          { op: 'lose', site: a!, before: first },
          { op: 'lose', site: b!, before: second },
        ]);
        assert.equal(fed.coordinator.ended?.outcome, 'accepted');
      });
    }
  }

  for (const before of moments.slice(0, 5)) {
    it(`fails when one of three is lost before its ${before}, although two could be unmasked`, async () => {
      const plan = study({ count: 3 });
      assert.ok(plan.parameters.threshold < plan.parameters.quorum);
      const fed = await expectRound(plan, [{ op: 'lose', site: plan.names[1]!, before }]);
      assert.equal(fed.coordinator.ended?.outcome, 'belowQuorum');
    });
  }

  it('reaches the sum in a second attempt when the first one is below quorum', async () => {
    const plan = study({ count: 4, maxAttempts: 3 });
    let dropped = 0;
    const silentOnce: Op = {
      op: 'forge',
      as: (packet) => {
        if (packet.kind !== 'up' || packet.message.kind !== 'keyShares' || dropped === 2) return undefined;
        dropped += 1;
        return [];
      },
    };
    const fed = await new Federation(plan, [silentOnce]).run();
    assert.equal(fed.coordinator.ended?.outcome, 'accepted');
    assert.deepEqual(fed.sum && sitesInSum(plan, fed.sum), plan.names);
    const attempts = fed.coordinator.journal.filter(
      (event) => event.kind === 'deadline' && event.phase === 'shareKeys',
    );
    assert.ok(attempts.length >= 1);
  });

  it('ends by cancelling in any phase, and every site erases its secrets', async () => {
    const plan = study({ count: 3 });
    for (const kind of [
      'advertisements',
      'routedShares',
      'confirmRequest',
      'unmaskRequest',
      'aggregatePublished',
    ] as const) {
      const fed = new Federation(plan);
      await fed.until(plan.names[0]!, kind);
      await fed.toCoordinator({ kind: 'cancelled' });
      while (await fed.next());
      assert.equal(fed.coordinator.ended?.outcome, 'cancelled');
      assert.ok([...fed.members.values()].every(({ erased, state }) => erased && state.phase === 'closed'));
    }
  });
});

describe('exactly q = t survivors, all answer', () => {
  for (const [graph, plan] of [
    ['a complete graph', study({ count: 5 })],
    ['a sparse graph', study({ count: 36, parameters: { colluders: 2, dropouts: 2, threshold: 34, quorum: 34 } })],
  ] as const) {
    const { quorum, threshold } = plan.parameters;
    const lost = plan.names.slice(quorum);
    const losses = lost.map((site): Op => ({ op: 'lose', site, before: 'uploadCommitment' }));

    it(`give the exact sum, in ${graph}`, async () => {
      assert.equal(quorum, threshold);
      const fed = await expectRound(plan, losses);
      assert.equal(fed.coordinator.ended?.outcome, 'accepted');
      const u3 = fed.sum && sitesInSum(plan, fed.sum);
      assert.equal(u3?.length, threshold);
    });

    it(`lose the round and its uploads when one of them never confirms, in ${graph}`, async () => {
      const fed = await expectRound(plan, [...losses, { op: 'lose', site: plan.names[0]!, before: 'confirmation' }]);
      assert.equal(fed.coordinator.ended?.outcome, 'tooFewConfirmations');
      assert.equal(fed.coordinator.uploads.size, 0);
    });
  }

  it('lose the round and its uploads when one of them never answers', async () => {
    const plan = study({ count: 5 });
    const fed = await expectRound(plan, [
      { op: 'lose', site: plan.names[4]!, before: 'uploadCommitment' },
      { op: 'lose', site: plan.names[0]!, before: 'unmaskAnswer' },
    ]);
    assert.equal(fed.coordinator.ended?.outcome, 'tooFewShares');
    assert.equal(fed.coordinator.uploads.size, 0);
  });
});
