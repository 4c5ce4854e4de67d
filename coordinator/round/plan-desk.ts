/**
 * The plan that is proposed, its roster, and what the sites say to it. The founding roster is the sites enrolled when the
 * first plan is proposed; from the first approval on it stays.
 */
import { verifyApproval } from '#shared/governance/approval';
import { parsePlan, planBytes, planFromBytes, planHash } from '#shared/governance/plan';
import { rosterBytes, rosterFromBytes, rosterHash } from '#shared/governance/roster';
import { rosterProblems } from '#shared/governance/plan-rules';
import type { Plan, PlanApproval, Roster } from '#shared/governance/types';
import { hashWords } from '#shared/governance/words';
import type { Crypto } from '#shared/crypto/types';
import { ProtocolError, UsageError, VerificationError } from '#shared/errors';
import { equalBytes } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import type { CurrentPlan, PlanRefusal, PlanSummary } from '#shared/wire/types';
import type { MemberStore } from '../store/members.ts';
import type { PlanStore, StoredPlan } from '../store/plans.ts';
import type { RoundStore } from '../store/rounds.ts';
import type { ReadPlan } from './round-config.ts';

/** A sum of two sites has no secret: each could subtract its own. */
const fewestSites = 3;

/** What the desk works with. */
export interface DeskWorld {
  readonly crypto: Crypto;
  readonly members: MemberStore;
  readonly plans: PlanStore;
  readonly rounds: RoundStore;
  readonly consortium: string;
  /** Ed25519 public key of the coordinator. */
  readonly coordinatorKey: Uint8Array;
}

export class PlanDesk {
  readonly #world: DeskWorld;
  #current: ReadPlan | undefined;

  constructor(world: DeskWorld) {
    this.#world = world;
    this.#current = this.#read();
  }

  /** The plan proposed last. */
  get current(): ReadPlan | undefined {
    return this.#current;
  }

  get approvals(): ReadonlyMap<SiteId, Uint8Array> {
    return this.#current === undefined ? new Map() : this.#world.plans.approvals(this.#current.stored.id);
  }

  get refusals(): ReadonlyMap<SiteId, PlanRefusal['code']> {
    return this.#current === undefined ? new Map() : this.#world.plans.refusals(this.#current.stored.id);
  }

  /**
   * Makes the plan of a file the current one. The same plan again changes nothing, unless other sites are enrolled by now
   * and none has approved a plan: then they are its roster.
   *
   * @throws UsageError (badPlan, unsupported) with what is wrong with it, (tooFewSites), (wrongPhase) while rounds of
   * another plan are still to come, or if this one has had its rounds.
   */
  propose(text: string, nowMs: number): ReadPlan {
    const plan = parsePlan(text);
    const hash = planHash(this.#world.crypto, plan);
    const known = this.#world.plans.find(hash);
    const same = known !== undefined && known.id === this.#current?.stored.id ? this.#current : undefined;
    if (same !== undefined && this.#hasRounds(same.stored)) return same;
    this.#refuseWhileRunning();
    if (known !== undefined && this.#hasRounds(known)) throw hasHadItsRounds(plan);
    const roster = this.#roster(plan);
    refuseMisfit(plan, roster);
    const columns = this.#rosterColumns(roster);
    if (same !== undefined && equalBytes(same.stored.rosterHash, columns.rosterHash)) return same;
    if (known === undefined) this.#world.plans.add({ planHash: hash, plan: planBytes(plan), ...columns }, nowMs);
    else this.#world.plans.addAgain({ ...known, ...columns }, nowMs);
    const current = this.#read();
    if (current === undefined) throw new UsageError('notFound', 'the plan was not kept; propose it again');
    this.#current = current;
    return current;
  }

  /** @throws ProtocolError (planNotApproved) if there is no such plan, (notRostered); VerificationError (badSignature). */
  approve(site: SiteId, approval: PlanApproval): void {
    const { stored, roster } = this.#named(approval.planHash);
    const member = roster.sites.find((entry) => entry.site === site);
    if (member === undefined) throw notRostered(site);
    const isThis = approval.site === site && equalBytes(approval.rosterHash, stored.rosterHash);
    if (!isThis || !verifyApproval(this.#world.crypto, member.identityKey, approval)) {
      throw new VerificationError('badSignature', `${site}: the approval is not this site's over this plan and roster`);
    }
    this.#world.plans.approve(stored.id, site, approval.signature);
  }

  /** @throws ProtocolError (planNotApproved, notRostered). */
  refuse(site: SiteId, refusal: PlanRefusal): void {
    const { stored, roster } = this.#named(refusal.planHash);
    if (!roster.sites.some((entry) => entry.site === site)) throw notRostered(site);
    this.#world.plans.refuse(stored.id, site, refusal.code);
  }

  /** The twelve words of the roster, or none before there is one. */
  get rosterWords(): readonly string[] {
    return this.#current === undefined ? [] : hashWords(this.#current.stored.rosterHash);
  }

  /** What a site is shown. */
  forSites(): CurrentPlan | null {
    if (this.#current === undefined) return null;
    const { plan, roster, planHash: hash, rosterHash: ofRoster } = this.#current.stored;
    const approvals = [...this.approvals].map(([site, signature]) => ({
      site,
      planHash: hash,
      rosterHash: ofRoster,
      signature,
    }));
    return { plan, roster, approvals };
  }

  /** What the operator is shown. */
  summary(): PlanSummary | null {
    if (this.#current === undefined) return null;
    const { plan, planHash: hash, roster, rosterHash: ofRoster } = this.#current.stored;
    const refused = [...this.refusals].map(([site, code]) => ({ site, code }));
    return {
      plan,
      planHash: hash,
      roster,
      rosterHash: ofRoster,
      rosterWords: this.rosterWords,
      approved: [...this.approvals.keys()],
      refused,
    };
  }

  #read(): ReadPlan | undefined {
    const stored = this.#world.plans.current();
    if (stored === undefined) return undefined;
    return { stored, plan: planFromBytes(stored.plan), roster: rosterFromBytes(stored.roster) };
  }

  #hasRounds({ id }: StoredPlan): boolean {
    return this.#world.rounds.ofPlan(id).length > 0;
  }

  #refuseWhileRunning(): void {
    if (this.#current === undefined) return;
    const { stored, plan } = this.#current;
    const rounds = this.#world.rounds.ofPlan(stored.id);
    if (rounds.length === 0 || rounds.filter(({ end }) => end !== null).length >= plan.rounds) return;
    const message = `the plan ${plan.name} has rounds to come; let it end before another is proposed`;
    throw new UsageError('wrongPhase', message);
  }

  #roster(plan: Plan): Roster {
    const { consortium, coordinatorKey, plans } = this.#world;
    const founded = plans.lastApproved();
    if (founded !== undefined) return rosterFromBytes(founded.roster);
    const sites = this.#world.members.all().map(({ site, identityKey, sealingKey, tlsKeyHash }) => ({
      site,
      identityKey,
      sealingKey,
      tlsKeyHash,
    }));
    if (sites.length < fewestSites) throw tooFewSites(sites.length);
    const quorum = majority(sites.length, plan.sum.colluders);
    return { consortium, coordinatorKey, sites, approvalQuorum: quorum, membershipQuorum: quorum };
  }

  #rosterColumns(roster: Roster): { readonly roster: Uint8Array; readonly rosterHash: Uint8Array } {
    return { roster: rosterBytes(roster), rosterHash: rosterHash(this.#world.crypto, roster) };
  }

  #named(hash: Uint8Array): ReadPlan {
    if (this.#current !== undefined && equalBytes(this.#current.stored.planHash, hash)) return this.#current;
    throw new ProtocolError('planNotApproved', 'this is not the plan that is proposed now; review the current one');
  }
}

/** Its rounds would be the old ones again, under the same signatures. */
function hasHadItsRounds(plan: Plan): UsageError {
  const message = `the plan ${plan.name} has had its rounds, and another came after it; propose it under a new name`;
  return new UsageError('wrongPhase', message);
}

/** The plan must fit the sites that there are. */
function refuseMisfit(plan: Plan, roster: Roster): void {
  const { maxSites } = plan.sum;
  const count = roster.sites.length;
  const tooMany = `sum.maxSites: ${maxSites}, but the roster has ${count} sites`;
  const problems = [...rosterProblems(plan, roster), ...(maxSites < count ? [tooMany] : [])];
  if (problems.length > 0) throw new UsageError('badPlan', `the plan does not fit the roster: ${problems.join('; ')}`);
}

/** More than half of the sites, and more than may collude. */
function majority(siteCount: number, colluders: number): number {
  return Math.max(Math.floor(siteCount / 2), colluders) + 1;
}

function tooFewSites(count: number): UsageError {
  const message = `${count} sites are enrolled and a sum needs at least ${fewestSites}, for of a sum of two each could subtract its own; invite more`;
  return new UsageError('tooFewSites', message);
}

function notRostered(site: SiteId): ProtocolError {
  return new ProtocolError('notRostered', `${site}: is not in the roster of this plan; it enrolled after the founding`);
}
