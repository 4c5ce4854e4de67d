import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { Federation, replayCoordinator, replaySite } from '../support/federation.ts';
import type { Op } from '../support/federation.ts';
import { sitesInSum } from '../support/round-oracle.ts';
import { study } from '../support/study.ts';

const plan = study({ count: 4 });
const [first, second] = plan.names;
/** A dropout, so that both kinds of secret are rebuilt. */
const dropout: Op = { op: 'lose', site: plan.names[3]!, before: 'uploadCommitment' };

async function expectSameAggregate(ops: readonly Op[], expected: Federation): Promise<void> {
  const fed = await new Federation(expected.study, ops).run();
  assert.equal(fed.coordinator.ended?.outcome, 'accepted', JSON.stringify(ops));
  assert.deepEqual(fed.sum, expected.sum, JSON.stringify(ops));
  assert.deepEqual(fed.coordinator.ended.culprits, []);
  for (const { lost, ended } of fed.members.values())
    assert.ok(lost || ended?.outcome === 'accepted', JSON.stringify(ops));
}

describe('kill -9 of coordinator or site at every step', () => {
  let honest: Federation;

  before(async () => {
    honest = await new Federation(plan, [dropout]).run();
    assert.deepEqual(honest.sum && sitesInSum(plan, honest.sum), plan.names.slice(0, 3));
  });

  it('gives the state that the journal leads to, for the coordinator and every site', () => {
    assert.ok(isDeepStrictEqual(replayCoordinator(plan, honest.coordinator.journal), honest.coordinator.state));
    for (const { config, journal, state } of honest.members.values()) {
      assert.ok(isDeepStrictEqual(replaySite(config, journal), state));
    }
  });

  it('gives the same aggregate when the coordinator is killed at any entry of its journal', async () => {
    for (let entry = 1; entry <= honest.coordinator.journal.length; entry++) {
      await expectSameAggregate([dropout, { op: 'crash', who: 'coordinator', entry }], honest);
    }
  }).timeout(60_000);

  it('gives the same aggregate when a site is killed at any entry of its journal', async () => {
    for (let entry = 1; entry <= honest.member(first!).journal.length; entry++) {
      await expectSameAggregate([dropout, { op: 'crash', who: first!, entry }], honest);
    }
  }).timeout(60_000);

  it('gives the same aggregate when the coordinator and two sites are killed in one round', async () => {
    for (const [a, b, c] of [
      [3, 2, 5],
      [9, 3, 6],
      [14, 4, 7],
      [18, 5, 8],
    ] as const) {
      const ops: readonly Op[] = [
        dropout,
        { op: 'crash', who: 'coordinator', entry: a },
        { op: 'crash', who: first!, entry: b },
        { op: 'crash', who: second!, entry: c },
      ];
      await expectSameAggregate(ops, honest);
    }
  });

  it('sends the same bytes after a crash or nothing: never a second value in the place of the first', async () => {
    for (let entry = 1; entry <= honest.member(first!).journal.length; entry++) {
      const fed = await new Federation(plan, [dropout, { op: 'crash', who: first!, entry }]).run();
      for (const kind of ['advertisement', 'keyShares', 'uploadCommitment', 'confirmation', 'unmaskAnswer'] as const) {
        const said = fed.tap.flatMap((p) =>
          p.kind === 'up' && p.site === first && p.message.kind === kind ? [p.message] : [],
        );
        assert.ok(
          said.length > 0 && said.every((message) => isDeepStrictEqual(message, said[0])),
          `${kind} ${String(entry)}`,
        );
      }
    }
  }).timeout(60_000);

  it('gives the same aggregate in a sparse graph, when the coordinator or a site is killed at some entry', async () => {
    const sparse = study({ count: 36, parameters: { colluders: 2, dropouts: 2 } });
    const [site] = sparse.names;
    const lost: Op = { op: 'lose', site: sparse.names[35]!, before: 'uploadCommitment' };
    const undisturbed = await new Federation(sparse, [lost]).run();
    assert.deepEqual(undisturbed.sum && sitesInSum(sparse, undisturbed.sum), sparse.names.slice(0, 35));
    for (let entry = 1; entry <= undisturbed.member(site!).journal.length; entry += 2) {
      await expectSameAggregate([lost, { op: 'crash', who: site!, entry }], undisturbed);
    }
    for (let entry = 30; entry <= undisturbed.coordinator.journal.length; entry += 40) {
      await expectSameAggregate([lost, { op: 'crash', who: 'coordinator', entry }], undisturbed);
    }
  }).timeout(120_000);
});
