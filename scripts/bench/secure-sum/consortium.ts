/** A coordinator process and the folders of enrolled sites that have approved a plan. */
import { join } from 'node:path';
import { askCoordinator } from '#coordinator/rpc/operator-client';
import { enrol } from '#client/agent/enrol';
import { ModelStore } from '#client/agent/model-store';
import { nodeCrypto } from '#shared/crypto/node';
import { parsePlan, planHash } from '#shared/governance/plan';
import { toServerOptimizer } from '#shared/governance/server-optimizer';
import { initialModel } from '#shared/model/apply';
import { modelHash } from '#shared/model/model-hash';
import { toHex } from '#shared/util/bytes';
import { encodePlanText } from '#shared/wire/operator';
import { CoordinatorProcess } from '../../../test/support/coordinator-process.ts';
import { planText } from '../../../test/support/plan-text.ts';
import type { PlanChoice } from '../../../test/support/plan-text.ts';
import { siteId } from '../../../test/support/secrets.ts';
import { foundConsortium, invite } from '../../../test/support/simulated-consortium.ts';
import { inTemporaryFolder } from '../../../test/support/temporary-folder.ts';
import { approve } from './agent-site.ts';

/** What runs, and where the sites' folders are. */
export interface BenchConsortium {
  readonly coordinator: CoordinatorProcess;
  readonly siteDirs: readonly string[];
}

/** Of the plan: how many sites, how many parameters. */
export type RoundChoice = PlanChoice & { readonly maxSites: number; readonly length: number };

/** Nothing is late on a loaded machine. */
const patient = 'waitMs: 900000, trainingMs: 900000, phaseMs: 900000, unmaskMs: 900000';

/** Runs `use` with a consortium whose sites have approved this plan; its model begins with zeros. */
export async function withConsortium<T>(
  choice: RoundChoice,
  use: (consortium: BenchConsortium) => Promise<T>,
): Promise<T> {
  return inTemporaryFolder(async (parent) => {
    const dir = join(parent, 'coordinator');
    await foundConsortium(dir);
    const coordinator = await CoordinatorProcess.start(dir);
    try {
      const siteDirs: string[] = [];
      for (let i = 0; i < choice.maxSites; i++) {
        const site = siteId(`site-${String(i).padStart(2, '0')}`);
        const siteDir = join(parent, site);
        const port = coordinator.ports.enrolment;
        await enrol({ host: 'localhost', port, token: await invite(dir, site), dir: siteDir }, nodeCrypto);
        siteDirs.push(siteDir);
      }
      await propose(dir, choice, siteDirs);
      for (const siteDir of siteDirs) await approve({ dir: siteDir });
      return await use({ coordinator, siteDirs });
    } finally {
      await coordinator.stop();
    }
  });
}

/** The hash of the initial model is in the plan, and the plan's hash names its folder at every site. */
async function propose(dir: string, choice: RoundChoice, siteDirs: readonly string[]): Promise<void> {
  const text = planText({ ...choice, schedule: patient });
  const model = initialModel(toServerOptimizer(parsePlan(text)), new Float32Array(choice.length));
  const pinned = text.replace(/initialModelHash: '.*'/, `initialModelHash: '${toHex(modelHash(nodeCrypto, model))}'`);
  await askCoordinator(dir, 'proposePlan', encodePlanText(pinned));
  const planId = toHex(planHash(nodeCrypto, parsePlan(pinned)));
  for (const siteDir of siteDirs) new ModelStore(siteDir, planId, nodeCrypto).begin(model);
}
