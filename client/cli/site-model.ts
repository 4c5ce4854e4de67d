/** The model that a site holds of a plan, opened for use inside the hospital. @module */
import { approvedPlan } from '#client/agent/approvals';
import { LocalState } from '#client/agent/local-state';
import { ModelStore } from '#client/agent/model-store';
import { readSiteConfig } from '#client/agent/site-config';
import type { StartingPoint } from '#client/train/types';
import { nodeCrypto } from '#shared/crypto/node';
import { UsageError } from '#shared/errors';
import type { Plan } from '#shared/governance/types';
import { toHex } from '#shared/util/bytes';

/** A model with its plan. */
export interface SiteModel {
  readonly site: string;
  readonly plan: Plan;
  readonly planId: string;
  /** The round whose aggregate it has last. */
  readonly round: number;
  /** Hex. */
  readonly modelHash: string;
  readonly start: StartingPoint;
}

/** The accepted model of the approved plan. @throws UsageError (notFound) if there is none yet */
export function siteModel(dir: string, wantedPlan: string | undefined): SiteModel {
  const { site } = readSiteConfig(dir);
  const { plan, planId } = approvedPlan(dir, wantedPlan);
  const stored = new ModelStore(dir, planId, nodeCrypto).current();
  if (stored === undefined)
    throw new UsageError('notFound', `${dir} holds no model of this plan yet: run the agent first`);
  const local = new LocalState(dir, planId).before(Infinity);
  const start = { weights: stored.model.weights, local };
  return { site, plan, planId, round: stored.round, modelHash: toHex(stored.hash), start };
}
