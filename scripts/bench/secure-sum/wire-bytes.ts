/** What one round costs on the wire: a coordinator process, sites over mutual TLS, and a proxy between that counts. */
import { join } from 'node:path';
import { CoordinatorProcess } from '../../../test/support/coordinator-process.ts';
import type { PlanChoice } from '../../../test/support/plan-text.ts';
import { enrolSites, foundConsortium, proposePlan } from '../../../test/support/simulated-consortium.ts';
import { SimulatedSite } from '../../../test/support/simulated-site.ts';
import { inTemporaryFolder } from '../../../test/support/temporary-folder.ts';
import { startCountingProxy } from './counting-proxy.ts';

/** Bytes of all sites together, from their first call to the end of the round. */
export interface WireBytes {
  readonly up: number;
  readonly down: number;
}

/** Runs one round of `count` sites under this plan. @throws Error if it ends otherwise than accepted. */
export async function wireBytes(count: number, choice: PlanChoice): Promise<WireBytes> {
  return inTemporaryFolder(async (parent) => {
    const dir = join(parent, 'coordinator');
    await foundConsortium(dir);
    const coordinator = await CoordinatorProcess.start(dir);
    const proxy = await startCountingProxy(coordinator.ports.main);
    const sites: SimulatedSite[] = [];
    try {
      const enrolled = await enrolSites(coordinator, count);
      await proposePlan(dir, { ...choice, maxSites: count, schedule: patient });
      for (const one of enrolled) {
        const site = new SimulatedSite(
          { ...one, port: proxy.port },
          { vector: (_, { wordCount }) => zeros(wordCount) },
        );
        sites.push(site);
        await site.approve();
      }
      for (const site of sites) site.connect();
      for (const site of sites) await site.until(() => site.closed.length === 1);
      const outcomes = sites.map(({ closed }) => closed[0]?.outcome);
      if (outcomes.some((outcome) => outcome !== 'accepted')) throw new Error(`the round ended as ${outcomes.join()}`);
      return { up: proxy.up, down: proxy.down };
    } finally {
      for (const site of sites) site.stop();
      await proxy.close();
      await coordinator.stop();
    }
  });
}

/** Nothing is late on a loaded machine. */
const patient = 'waitMs: 600000, trainingMs: 600000, phaseMs: 600000, unmaskMs: 600000';

/** What a site gives does not show in its masked words. */
function zeros(wordCount: number): Uint32Array {
  return new Uint32Array(wordCount);
}
