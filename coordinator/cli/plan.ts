/** `plan propose FILE` and `plan show`. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ProtocolError, UsageError } from '#shared/errors';
import { planFromBytes } from '#shared/governance/plan';
import { rosterFromBytes } from '#shared/governance/roster';
import type { Plan } from '#shared/governance/types';
import { toHex } from '#shared/util/bytes';
import { decodePlanSummary, encodePlanText } from '#shared/wire/operator';
import type { PlanSummary } from '#shared/wire/types';
import { askCoordinator } from '../rpc/operator-client.ts';
import { onFolder } from './options.ts';
import type { AskOptions } from './options.ts';
import { result } from './output.ts';
import { names } from './text.ts';

export function addPlan(program: Command): void {
  const plan = program.command('plan').description('the plan of the study');
  onFolder(plan.command('propose <file>'))
    .description('propose the plan of a YAML file to the sites; the first one founds the roster')
    .action(propose);
  onFolder(plan.command('show')).description('the current plan, its roster and who approved it').action(show);
}

async function propose(file: string, options: AskOptions): Promise<void> {
  const answer = await askCoordinator(options.dir, 'proposePlan', encodePlanText(readPlanFile(file)));
  present(decodePlanSummary(answer), options);
}

async function show(options: AskOptions): Promise<void> {
  present(decodePlanSummary(await askCoordinator(options.dir, 'showPlan')), options);
}

function readPlanFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError('noSuchFile', `${file}: cannot be read; name the plan's YAML file`, { cause });
  }
}

function present(summary: PlanSummary | null, options: AskOptions): void {
  if (summary === null) {
    throw new ProtocolError('notFound', 'no plan is proposed yet; propose one with consilium-coordinator plan propose');
  }
  const plan = planFromBytes(summary.plan);
  const sites = rosterFromBytes(summary.roster).sites.map(({ site }) => site);
  const { rosterWords, approved, refused } = summary;
  const planHash = toHex(summary.planHash);
  const rosterHash = toHex(summary.rosterHash);
  result(options, { planHash, rosterHash, rosterWords, sites, approved, refused, plan }, [
    `Plan ${plan.name}, ${planHash}`,
    ...describe(plan),
    `Roster: ${names(sites)}`,
    `Roster words, to be compared by voice: ${rosterWords.join(' ')}`,
    `Approved by ${names(approved)}`,
    ...refused.map(({ site, code }) => `Refused by ${site} [${code}]`),
  ]);
}

function describe({ method, rounds, sum, schedule }: Plan): readonly string[] {
  const words = sum.segments.reduce((total, { length }) => total + length, 0);
  return [
    `${rounds} rounds of ${method.name}, encryption ${sum.encryption}, ${words} numbers in ${sum.modulusBits} bits each`,
    `Quorum ${sum.quorum}, threshold ${sum.threshold}, at most ${sum.maxSites} sites of which ${sum.colluders} may collude`,
    `A round opens when all sites are there or ${schedule.waitMs / 1000} s after the quorum is`,
  ];
}
