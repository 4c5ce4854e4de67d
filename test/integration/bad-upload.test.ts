import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { folderPaths } from '#coordinator/identity/folder';
import type { SiteMessage } from '#shared/secagg/types';
import { withCoordinator } from '../support/in-process-coordinator.ts';
import { enrolSites, proposePlan } from '../support/simulated-consortium.ts';
import { SimulatedSite } from '../support/simulated-site.ts';
import type { SimulatedSiteOptions } from '../support/simulated-site.ts';

const length = 20_000;
const phaseMs = 60_000;

describe('an upload that is not what was committed to', () => {
  it('does not stop the coordinator when its commitment is said over and over while it is checked', async () => {
    await withCoordinator(async ({ dir, authorityPem, running, clock, notices }) => {
      const said = Promise.withResolvers<undefined>();
      let commitmentMessage: SiteMessage | undefined;
      const bad: Partial<SimulatedSiteOptions> = {
        reconnects: false,
        sends: (message) => {
          if (message.kind === 'uploadCommitment') commitmentMessage = message;
          return true;
        },
        uploads: async ({ calls, enrolled: { site } }, chunks, commitment) => {
          const folder = join(folderPaths(dir).uploads, '1', '1', '0', site);
          const changed = chunks.map((chunk, i) => (i === 0 ? chunk.map((byte) => byte ^ 1) : chunk));
          const allAreThere = async (): Promise<void> => {
            let names: readonly string[] = [];
            while (names.filter((name) => name.endsWith('.chunk')).length < chunks.length) {
              names = await readdir(folder).catch(() => []);
            }
            const session = calls.session({
              opened: () => {
                for (let i = 0; i < 50; i++) session.send(commitmentMessage!);
              },
              received: ({ kind }) => {
                if (kind === 'messageRefused') said.resolve(undefined);
              },
              ended: () => undefined,
            });
            await said.promise;
          };
          await calls.upload({ round: 1, commitment }, new Map(changed.entries()), allAreThere).catch(() => undefined);
        },
      };
      const enrolled = await enrolSites({ dir, authorityPem, ports: running.ports }, 4);
      const sites = enrolled.map(
        (site, i) =>
          new SimulatedSite(site, { vector: () => new Uint32Array(length).fill(2 ** i), ...(i === 3 ? bad : {}) }),
      );
      try {
        await proposePlan(dir, { maxSites: 4, length, chunkBytes: 18 * 16 });
        for (const site of sites) await site.approve();
        for (const site of sites) site.connect();
        const isStopped = running.stopped.then((error) => assert.fail(`the coordinator has stopped: ${String(error)}`));
        await Promise.race([isStopped, said.promise]);
        for (const site of sites.slice(0, 3)) {
          await Promise.race([isStopped, site.until(() => site.messages.some(({ kind }) => kind === 'receipt'))]);
        }
        clock.pass(phaseMs);
        await Promise.race([isStopped, sites[0]!.until(() => sites[0]!.closed.length === 1)]);
        isStopped.catch(() => undefined);
        assert.deepEqual(
          notices.flatMap((notice) =>
            notice.kind === 'roundClosed' ? [[notice.outcome, notice.survivors.length]] : [],
          ),
          [['accepted', 3]],
        );
        assert.deepEqual(sites[0]!.closed[0]?.culprits, ['site-03']);
      } finally {
        for (const site of sites) site.stop();
      }
    });
  });
});
