import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { SiteMessage } from '#shared/secagg/types';
import { CoordinatorProcess } from '../support/coordinator-process.ts';
import { enrolSites, foundConsortium, proposePlan } from '../support/simulated-consortium.ts';
import { SimulatedSite } from '../support/simulated-site.ts';
import { inTemporaryFolder } from '../support/temporary-folder.ts';

const count = 40;
const length = 100;

describe('a round of forty sites over real connections', function () {
  this.timeout(180_000);

  it('masks on a sparse graph and ends with the exact sum of those that are left', async () => {
    await inTemporaryFolder(async (parent) => {
      const dir = join(parent, 'coordinator');
      await foundConsortium(dir);
      const coordinator = await CoordinatorProcess.start(dir);
      const held: number[] = [];
      const sites: SimulatedSite[] = [];
      try {
        for (const [i, enrolled] of (await enrolSites(coordinator, count)).entries()) {
          const sends = (message: SiteMessage): boolean => {
            if (message.kind === 'keyShares') held.push(message.shares.length);
            return i !== 7 || message.kind !== 'uploadCommitment';
          };
          sites.push(
            new SimulatedSite(enrolled, {
              vector: (_, { wordCount }) => new Uint32Array(wordCount).fill(i + 1),
              sends,
            }),
          );
        }
        const schedule = 'waitMs: 120000, trainingMs: 120000, phaseMs: 15000, unmaskMs: 60000';
        const sum = '  colluders: 3\n  dropouts: 3\n  modulusBits: 22';
        await proposePlan(dir, { maxSites: count, length, chunkBytes: 22 * 16, sum, schedule });
        for (const site of sites) await site.approve();
        for (const site of sites) site.connect();
        const [first] = sites;
        await first!.until(() => first!.closed.length === 1);
        assert.equal(first!.closed[0]?.outcome, 'accepted');
        const words = new Uint32Array(first!.aggregates.get(1)!.slice().buffer);
        assert.deepEqual([...new Set(words)], [(count * (count + 1)) / 2 - 8]);
        assert.deepEqual([...new Set(held)], [15], 'fourteen neighbours and itself');
      } finally {
        for (const site of sites) site.stop();
        await coordinator.stop();
      }
    });
  });
});
