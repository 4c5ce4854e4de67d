/** A whole consortium for a test: a coordinator process and simulated sites that are enrolled. @module */
import { askCoordinator } from '#coordinator/rpc/operator-client';
import type { SiteId } from '#shared/util/ids';
import { decodeInvitation, encodeInviteRequest, encodePlanText } from '#shared/wire/operator';
import { coordinatorCommand } from './coordinator-process.ts';
import type { CoordinatorProcess } from './coordinator-process.ts';
import { enrolSite } from './enrolled-site.ts';
import type { EnrolledSite } from './enrolled-site.ts';
import { planText } from './plan-text.ts';
import type { PlanChoice } from './plan-text.ts';
import { siteId } from './secrets.ts';

/** Founds a consortium in a folder; both ports are free ones, `port` when it has to stay the same over a restart. */
export async function foundConsortium(dir: string, port = 0): Promise<void> {
  const at = ['--listen', '127.0.0.1', '--port', String(port), '--enrol-port', '0'];
  const { code, stderr } = await coordinatorCommand(['init', dir, '--name', 'Test', ...at, '--quiet']);
  if (code !== 0) throw new Error(stderr);
}

/** A token for a site, from the running coordinator. */
export async function invite(dir: string, site: SiteId): Promise<string> {
  const answer = await askCoordinator(dir, 'invite', encodeInviteRequest({ site, validMs: 3_600_000 }));
  return decodeInvitation(answer).token;
}

/** Enrols `count` sites, `site-00`, `site-01`, ... */
export async function enrolSites(
  running: Pick<CoordinatorProcess, 'dir' | 'authorityPem'> & { readonly ports: { readonly enrolment: number } },
  count: number,
): Promise<readonly EnrolledSite[]> {
  const at = { enrolmentPort: running.ports.enrolment, authorityPem: running.authorityPem };
  const enrolled: EnrolledSite[] = [];
  for (let i = 0; i < count; i++) {
    const site = siteId(`site-${String(i).padStart(2, '0')}`);
    enrolled.push(await enrolSite(site, await invite(running.dir, site), at));
  }
  return enrolled;
}

/** Proposes a plan to the running coordinator. */
export async function proposePlan(dir: string, choice: PlanChoice): Promise<void> {
  await askCoordinator(dir, 'proposePlan', encodePlanText(planText(choice)));
}
