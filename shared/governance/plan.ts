/**
 * A plan: what a study fixes, approved by the sites. People write it as YAML; what is hashed, signed and sent is
 * canonical JSON of the completed plan, defaults included, so that nobody approves a default that changes later.
 *
 * @module
 */
import { isAlias, parseDocument, visit } from 'yaml';
import type { Document } from 'yaml';
import { canonicalJson, parseCanonicalJson } from '../codec/canonical-json.ts';
import type { Crypto } from '../crypto/types.ts';
import { DecodeError, UsageError } from '../errors.ts';
import { equalBytes } from '../util/bytes.ts';
import { readPlanFile } from './plan-file.ts';
import { planProblems } from './plan-rules.ts';
import type { Plan } from './types.ts';

type Verdict =
  { readonly plan: Plan } | { readonly code: 'badPlan' | 'tooFewSites'; readonly problems: readonly string[] };

/**
 * The plan of a YAML file, with every default in its place.
 *
 * @throws UsageError (badPlan) with all problems in one line, (tooFewSites) below three sites.
 */
export function parsePlan(text: string): Plan {
  const document = parseDocument(text, { strict: true, uniqueKeys: true });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) throw new UsageError('badPlan', sentence(faults.map(({ message }) => firstLine(message))));
  if (hasAlias(document)) throw new UsageError('badPlan', sentence(['the file: YAML aliases are not used in plans']));
  const verdict = judge(document.toJS());
  if ('plan' in verdict) return verdict.plan;
  throw new UsageError(verdict.code, sentence(verdict.problems));
}

/** Canonical bytes of a plan. */
export function planBytes(plan: Plan): Uint8Array {
  return canonicalJson(plan);
}

/** SHA-256 of the plan's canonical bytes, the id of the plan. */
export function planHash(crypto: Crypto, plan: Plan): Uint8Array {
  return crypto.sha256(planBytes(plan));
}

/**
 * The plan of canonical bytes, judged by the same rules as a file.
 *
 * @throws DecodeError (badFormat) if it is not JSON, (nonCanonical) if the bytes are not those of `planBytes`, or as `parsePlan`.
 */
export function planFromBytes(bytes: Uint8Array): Plan {
  const verdict = judge(parseCanonicalJson(bytes));
  if (!('plan' in verdict)) throw new DecodeError(verdict.code, sentence(verdict.problems));
  if (!equalBytes(planBytes(verdict.plan), bytes))
    throw new DecodeError(
      'nonCanonical',
      'plan: a field was left to its default; a plan on the wire states every field',
    );
  return verdict.plan;
}

function judge(data: unknown): Verdict {
  const read = readPlanFile(data);
  if ('problems' in read) return { code: 'badPlan', problems: read.problems };
  const { plan } = read;
  if (plan.sum.maxSites < 3)
    return {
      code: 'tooFewSites',
      problems: [`sum.maxSites: ${plan.sum.maxSites}, at least 3, for of a sum of two each could subtract its own`],
    };
  const problems = planProblems(plan);
  return problems.length === 0 ? { plan } : { code: 'badPlan', problems };
}

/** Aliases let a small file grow without bound. */
function hasAlias(document: Document): boolean {
  let found = false;
  visit(document, (_, node) => {
    found ||= isAlias(node);
  });
  return found;
}

function sentence(problems: readonly string[]): string {
  const many = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return `the plan has ${many}: ${problems.join('; ')}`;
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
