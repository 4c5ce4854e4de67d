/**
 * What the people of this site have said to plans: `DIR/approvals/PLAN.json`. An approval pins the roster that was shown
 * with its words; a refusal keeps the reason, which stays here.
 *
 * @module
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Crypto } from '#shared/crypto/types';
import { ProtocolError, UsageError } from '#shared/errors';
import { signApproval } from '#shared/governance/approval';
import { planBytes, planFromBytes } from '#shared/governance/plan';
import type { Plan, PlanApproval } from '#shared/governance/types';
import { equalBytes, fromHex, toHex } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import { isThere, makePrivateFolder, readPrivate, writeWhole } from './disk.ts';
import type { SiteKeys } from './key-store.ts';
import type { Study } from './study.ts';

const schema = v.variant('answer', [
  v.object({ answer: v.literal('approved'), rosterHash: v.string(), signature: v.string() }),
  v.object({ answer: v.literal('refused'), why: v.string() }),
]);

/** Stores this site's yes and answers with it. */
export function approve(dir: string, study: Study, site: SiteId, keys: SiteKeys, crypto: Crypto): PlanApproval {
  const { planHash, rosterHash, words, plan } = study;
  const approval = signApproval(crypto, keys.identitySeed.expose(), { site, planHash, rosterHash });
  makePrivateFolder(join(dir, 'approvals'));
  writeWhole(join(dir, 'approvals', `${study.planId}.plan.json`), planBytes(plan));
  write(dir, study, {
    answer: 'approved',
    plan: plan.name,
    rosterHash: toHex(rosterHash),
    words: words.join(' '),
    signature: toHex(approval.signature),
    time: new Date().toISOString(),
  });
  return approval;
}

/** The plan that was approved here under this id, or the only one; for commands that run without the coordinator. @throws UsageError (notFound) */
export function approvedPlan(dir: string, id: string | undefined): { readonly plan: Plan; readonly planId: string } {
  const folder = join(dir, 'approvals');
  const ids = (isThere(folder) ? readdirSync(folder) : [])
    .filter((name) => name.endsWith('.plan.json'))
    .map((name) => name.slice(0, 64))
    .filter((planId) => id === undefined || planId.startsWith(id));
  const [planId] = ids;
  if (planId === undefined)
    throw new UsageError('notFound', `${dir} holds no plan${id === undefined ? '' : ` ${id}`} that was approved here`);
  if (ids.length > 1)
    throw new UsageError('badArgument', `say which plan: ${ids.map((one) => one.slice(0, 16)).join(', ')}`);
  const bytes = readPrivate(join(folder, `${planId}.plan.json`)) ?? new Uint8Array();
  return { plan: planFromBytes(bytes), planId };
}

/** Stores this site's no, and why. */
export function refuse(dir: string, study: Study, why: string): void {
  write(dir, study, { answer: 'refused', plan: study.plan.name, why, time: new Date().toISOString() });
}

/** What was said to this plan, if anything. */
export function answerTo(dir: string, study: Study): 'approved' | 'refused' | undefined {
  return read(dir, study)?.answer;
}

/**
 * This site's approval of exactly this plan under exactly this roster.
 *
 * @throws ProtocolError (planNotApproved) if a person here has not approved it, has refused it, or saw another roster.
 */
export function approvalOf(dir: string, study: Study, site: SiteId): PlanApproval {
  const { planHash, rosterHash, planId } = study;
  const said = read(dir, study);
  const short = planId.slice(0, 16);
  if (said?.answer !== 'approved') {
    const what = said === undefined ? 'has not approved' : 'has refused';
    throw new ProtocolError('planNotApproved', `this site ${what} plan ${short}: run consilium-site plan review`);
  }
  if (!equalBytes(fromHex(said.rosterHash) ?? new Uint8Array(), rosterHash))
    throw new ProtocolError('planNotApproved', `plan ${short} was approved under another roster: review it again`);
  return { site, planHash, rosterHash, signature: fromHex(said.signature) ?? new Uint8Array() };
}

function write(dir: string, study: Study, said: Readonly<Record<string, string>>): void {
  makePrivateFolder(join(dir, 'approvals'));
  writeWhole(pathOf(dir, study), `${JSON.stringify(said, null, 2)}\n`);
}

function read(dir: string, study: Study): v.InferOutput<typeof schema> | undefined {
  const path = pathOf(dir, study);
  const bytes = readPrivate(path);
  if (bytes === undefined) return undefined;
  try {
    return v.parse(schema, JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new UsageError('badConfig', `${path} is damaged: remove it and answer the plan again`, { cause });
  }
}

function pathOf(dir: string, { planId }: Study): string {
  return join(dir, 'approvals', `${planId}.json`);
}
