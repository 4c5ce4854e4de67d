import assert from 'node:assert/strict';
import { bulkStreams } from '#coordinator/rpc/limits';
import { withCoordinator } from '../support/in-process-coordinator.ts';
import { enrolSites, proposePlan } from '../support/simulated-consortium.ts';
import { SimulatedSite } from '../support/simulated-site.ts';
import type { SimulatedSiteOptions } from '../support/simulated-site.ts';

const length = 2000;
const phaseMs = 60_000;

describe('a site that opens as many uploads as may be received at a time, and goes on with none', () => {
  it('has one turn, and the others come through', async () => {
    await withCoordinator(async ({ dir, authorityPem, running, clock, notices }) => {
      const held = Promise.withResolvers<undefined>();
      const over = Promise.withResolvers<undefined>();
      const greedy: Partial<SimulatedSiteOptions> = {
        reconnects: false,
        uploads: async ({ calls }, chunks, commitment) => {
          await calls.untilExpected({ round: 1, commitment });
          let begun = 0;
          const oneChunk = new Map([...chunks.entries()].slice(0, 1));
          const hold = async (): Promise<void> => {
            begun += 1;
            if (begun === bulkStreams) held.resolve(undefined);
            await over.promise;
          };
          const streams = Array.from({ length: bulkStreams }, () =>
            calls.upload({ round: 1, commitment }, oneChunk, hold).catch(() => undefined),
          );
          await Promise.all(streams);
        },
      };
      const patient: Partial<SimulatedSiteOptions> = {
        uploads: async ({ calls }, chunks, commitment) => {
          await held.promise;
          await calls.untilExpected({ round: 1, commitment });
          await calls.upload({ round: 1, commitment }, new Map(chunks.entries()));
        },
      };
      const enrolled = await enrolSites({ dir, authorityPem, ports: running.ports }, 4);
      const sites = enrolled.map((site, i) => {
        const vector = (): Uint32Array => new Uint32Array(length).fill(2 ** i);
        return new SimulatedSite(site, { vector, ...(i === 3 ? greedy : patient) });
      });
      try {
        await proposePlan(dir, { maxSites: 4, length, chunkBytes: 18 * 16 });
        for (const site of sites) await site.approve();
        for (const site of sites) site.connect();
        const others = sites.slice(0, 3);
        for (const site of others) await site.until(() => site.messages.some(({ kind }) => kind === 'receipt'));
        clock.pass(phaseMs);
        for (const site of others) await site.until(() => site.closed.length === 1);
        const outcomes = notices.flatMap((notice) => (notice.kind === 'roundClosed' ? [notice.survivors.length] : []));
        assert.deepEqual(outcomes, [3]);
      } finally {
        over.resolve(undefined);
        for (const site of sites) site.stop();
      }
    });
  });
});
