import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bothSecretsRevealed } from '../support/byzantine.ts';
import { Federation } from '../support/federation.ts';
import type { Moment, Op } from '../support/federation.ts';
import { expectedRound, sitesInSum } from '../support/round-oracle.ts';
import { study } from '../support/study.ts';

const plan = study({ count: 5 });
const site = fc.constantFrom(...plan.names);
const moment = fc.constantFrom<Moment>(
  'ready',
  'advertisement',
  'keyShares',
  'uploadCommitment',
  'chunks',
  'confirmation',
  'unmaskAnswer',
  'modelSignature',
);

/** Up to two losses, and up to six faults that must change nothing. */
const faults: fc.Arbitrary<readonly Op[]> = fc
  .tuple(
    fc.array(fc.record({ op: fc.constant('lose' as const), site, before: moment }), { maxLength: 2 }),
    fc.array(
      fc.oneof(
        fc.record({ op: fc.constant('drop' as const), nth: fc.integer({ min: 1, max: 120 }) }),
        fc.record({ op: fc.constant('duplicate' as const), nth: fc.integer({ min: 1, max: 120 }) }),
        fc.record({
          op: fc.constant('crash' as const),
          who: fc.oneof(site, fc.constant('coordinator' as const)),
          entry: fc.integer({ min: 1, max: 50 }),
        }),
      ),
      { maxLength: 6, size: 'max' },
    ),
  )
  .map(([losses, others]) => [...losses, ...others]);

describe('a round under random faults', () => {
  it('ends as the losses say, with the exact sum of U3, and every site that is there knows it', async () => {
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(faults, async (ops) => {
        const fed = await new Federation(plan, ops).run();
        const expected = expectedRound(plan, ops);
        assert.equal(fed.coordinator.ended?.outcome, expected.outcome);
        assert.deepEqual(fed.sum && sitesInSum(plan, fed.sum), expected.u3);
        assert.deepEqual(fed.coordinator.ended.culprits, []);
        assert.deepEqual(bothSecretsRevealed(fed.tap), []);
        for (const { lost, ended, erased } of fed.members.values()) {
          if (!lost) assert.deepEqual([ended?.outcome, erased], [expected.outcome, true]);
        }
        outcomes.set(expected.outcome, (outcomes.get(expected.outcome) ?? 0) + 1);
      }),
      { numRuns: 150, seed: 5 },
    );
    assert.ok((outcomes.get('accepted') ?? 0) > 75, 'more than half of the runs are accepted');
    assert.ok(outcomes.size > 1, 'some runs fail');
  }).timeout(120_000);
});
