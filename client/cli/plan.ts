/** `consilium-site plan review`, `approve`, `refuse` and `draft` @module */
import type { Command } from 'commander';
import { approve, refuse } from '#client/agent/approvals';
import { checkProgram } from '#client/agent/check-program';
import type { Study } from '#client/agent/study';
import { nodeCrypto } from '#shared/crypto/node';
import { ProtocolError, UsageError } from '#shared/errors';
import { converse } from './connect.ts';
import { result } from './output.ts';
import type { OutputOptions } from './output.ts';
import { addDraft } from './plan-draft.ts';
import { reviewData, reviewLines, shownIdLength } from './plan-review.ts';

interface SiteOptions extends OutputOptions {
  readonly dir: string;
}
interface ApproveOptions extends SiteOptions {
  readonly words?: string;
  readonly files?: string;
}
interface RefuseOptions extends SiteOptions {
  readonly why: string;
}

const shortestId = 8;

/** Adds the commands. */
export function addPlan(program: Command): void {
  const plan = program.command('plan').description('what a study would do with this hospital, and the answer to it');
  withOutput(plan.command('review'))
    .description('shows, in words, what would leave the hospital, and the twelve words of the roster')
    .action(async (options: SiteOptions) => {
      await converse(options.dir, async ({ study }) => {
        const current = await study();
        result(options, reviewData(options.dir, current), reviewLines(options.dir, current));
      });
    });
  withOutput(plan.command('approve <id>'))
    .description('signs the plan and the roster, after a person has compared the words')
    .option('--words <words>', 'the twelve words that were compared; refused if the roster has others')
    .option('--files <dir>', 'the folder of the files that the plan names')
    .action(approvePlan);
  withOutput(plan.command('refuse <id>'))
    .description('says no; the reason stays here')
    .requiredOption('--why <reason>', 'kept in the folder of this site')
    .action(refusePlan);
  addDraft(plan);
}

async function approvePlan(id: string, options: ApproveOptions): Promise<void> {
  await converse(options.dir, async ({ config, keys, calls, study }) => {
    const current = named(await study(), id);
    checkWords(current, options.words);
    await checkProgram(current.plan, options.files);
    await calls.submitApproval(approve(options.dir, current, config.site, keys, nodeCrypto));
    result(options, { plan: current.planId, answer: 'approved', words: current.words }, [
      `${config.site} has approved plan ${current.planId.slice(0, shownIdLength)} and its roster:`,
      `  ${current.words.join(' ')}`,
    ]);
  });
}

async function refusePlan(id: string, options: RefuseOptions): Promise<void> {
  await converse(options.dir, async ({ config, calls, study }) => {
    const current = named(await study(), id);
    refuse(options.dir, current, options.why);
    await calls.submitRefusal({ planHash: current.planHash, code: 'declined' });
    result(options, { plan: current.planId, answer: 'refused' }, [
      `${config.site} has refused plan ${current.planId.slice(0, shownIdLength)}. The reason stays in ${options.dir}.`,
    ]);
  });
}

/** The plan is the one that the person has read. @throws UsageError (notFound) */
function named(study: Study, id: string): Study {
  if (id.length >= shortestId && study.planId.startsWith(id.toLowerCase())) return study;
  const current = study.planId.slice(0, shownIdLength);
  throw new UsageError('notFound', `the current plan is ${current}, not ${id}: review it before you answer`);
}

/** @throws ProtocolError (contextMismatch) if the words that were compared are not the roster's. */
function checkWords({ words }: Study, compared: string | undefined): void {
  if (compared === undefined || compared.trim().toLowerCase().split(/\s+/).join(' ') === words.join(' ')) return;
  throw new ProtocolError('contextMismatch', "the words are not this roster's: do not approve, ask the consortium");
}

function withOutput(command: Command): Command {
  return command
    .requiredOption('--dir <dir>', 'the folder of this site')
    .option('--json <file>', 'the result as JSON (- for standard output)')
    .option('--quiet', 'no lines for people');
}
