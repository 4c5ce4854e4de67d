/**
 * The plan that a coordinator holds, judged by this site: the plan's rules again, the roster against what this site knows
 * since it was enrolled, and whether a person here has approved exactly this.
 *
 * @module
 */
import { createHash, X509Certificate } from 'node:crypto';
import type { Crypto } from '#shared/crypto/types';
import { ProtocolError, VerificationError } from '#shared/errors';
import { verifyApproval } from '#shared/governance/approval';
import { planFromBytes } from '#shared/governance/plan';
import { rosterProblems } from '#shared/governance/plan-rules';
import { rosterFromBytes } from '#shared/governance/roster';
import type { Plan, PlanApproval, Roster } from '#shared/governance/types';
import { hashWords } from '#shared/governance/words';
import { equalBytes, toHex } from '#shared/util/bytes';
import type { CurrentPlan } from '#shared/wire/types';
import type { SiteKeys } from './key-store.ts';
import type { SiteConfig } from './site-config.ts';

/** A plan and a roster that this site has checked; whether it has approved them is another question. */
export interface Study {
  readonly plan: Plan;
  readonly planHash: Uint8Array;
  /** The plan's hash in hex: its name in folders, and, cut short, on the screen. */
  readonly planId: string;
  readonly roster: Roster;
  readonly rosterHash: Uint8Array;
  /** What people compare. */
  readonly words: readonly string[];
  /** What the coordinator shows of approvals, as far as they are signed by whom they name. */
  readonly approvals: readonly PlanApproval[];
}

/**
 * The study of a coordinator's answer.
 *
 * @throws DecodeError if plan or roster are not sound, VerificationError (notRostered) if the roster does not hold this
 * site's own keys, (badSignature) if it names another coordinator, ProtocolError (badPlan) if the plan does not fit it.
 */
export function checkStudy(current: CurrentPlan, config: SiteConfig, keys: SiteKeys, crypto: Crypto): Study {
  const plan = planFromBytes(current.plan);
  const roster = rosterFromBytes(current.roster);
  checkRoster(roster, config, keys);
  const problems = rosterProblems(plan, roster);
  if (problems.length > 0)
    throw new ProtocolError('badPlan', `the plan does not fit the roster: ${problems.join('; ')}`);
  const planHash = crypto.sha256(current.plan);
  const rosterHash = crypto.sha256(current.roster);
  const approvals = current.approvals.filter((approval) => isGiven(approval, roster, planHash, rosterHash, crypto));
  return { plan, planHash, planId: toHex(planHash), roster, rosterHash, words: hashWords(rosterHash), approvals };
}

/** People read who has approved: only what a site of the roster has signed, over this plan and this roster, is shown. */
function isGiven(
  approval: PlanApproval,
  roster: Roster,
  planHash: Uint8Array,
  rosterHash: Uint8Array,
  crypto: Crypto,
): boolean {
  const member = roster.sites.find(({ site }) => site === approval.site);
  const isThis = equalBytes(approval.planHash, planHash) && equalBytes(approval.rosterHash, rosterHash);
  return member !== undefined && isThis && verifyApproval(crypto, member.identityKey, approval);
}

function checkRoster(roster: Roster, { site, coordinatorKey, certificatePem }: SiteConfig, keys: SiteKeys): void {
  if (!equalBytes(roster.coordinatorKey, coordinatorKey))
    throw new VerificationError(
      'badSignature',
      'the roster names another coordinator than the one that enrolled this site: do not approve, ask the consortium',
    );
  const own = roster.sites.find((entry) => entry.site === site);
  const same =
    own !== undefined &&
    equalBytes(own.identityKey, keys.identityKey) &&
    equalBytes(own.sealingKey, keys.sealingKey) &&
    equalBytes(own.tlsKeyHash, tlsKeyHash(certificatePem));
  if (!same)
    throw new VerificationError(
      'notRostered',
      `the roster does not hold the keys of this site (${site}): do not approve, ask the consortium`,
    );
}

/** SHA-256 of the SubjectPublicKeyInfo. */
function tlsKeyHash(certificatePem: string): Uint8Array {
  const spki = new X509Certificate(certificatePem).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest();
}
