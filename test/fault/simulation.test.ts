import assert from 'node:assert/strict';
import { runCampaign } from '../../scripts/simulate/campaign.ts';
import type { Byzantine, Choice } from '../../scripts/simulate/types.ts';

const seeds = 200;

function choice(byzantine: Byzantine): Choice {
  return { sites: 7, rounds: 3, seed: 1, byzantine, enrolled: 7, played: 3 };
}

describe('a simulated federation of 7 sites and 3 rounds', () => {
  for (const byzantine of ['none', 'coordinator', 'site'] as const) {
    const who = { none: 'nobody lies', coordinator: 'the coordinator lies', site: 'sites lie' }[byzantine];
    it(`keeps every promise with ${seeds} seeds of faults where ${who}`, async () => {
      const { failed, runs, outcomes, happened } = await runCampaign({ choice: choice(byzantine), seeds, enough: 1 });
      assert.deepEqual(failed, []);
      assert.equal(runs, seeds);
      const accepted = outcomes['accepted'] ?? 0;
      const all = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
      assert.ok(accepted > all / 3, `of ${all} rounds ${accepted} were accepted: faults must leave some`);
      assert.ok(all - accepted > all / 50, 'some rounds fail');
      for (const fault of ['lose', 'delay', 'duplicate', 'partition', 'crash', 'late', 'absent']) {
        assert.ok((happened[fault] ?? 0) > 20, `${fault} happened ${happened[fault] ?? 0} times`);
      }
    }).timeout(600_000);
  }

  it('keeps every promise with a sparse graph, where sites lie and where the coordinator does', async () => {
    for (const byzantine of ['site', 'coordinator'] as const) {
      const { failed } = await runCampaign({
        choice: { ...choice(byzantine), sites: 40, enrolled: 40, rounds: 1, played: 1 },
        seeds: 3,
        enough: 1,
        shrinkRuns: 20,
      });
      assert.deepEqual(failed, []);
    }
  }).timeout(600_000);
});
