/**
 * `consilium-coordinator`: founds a consortium, runs its coordinator, and asks the one that runs. Results on standard
 * output, everything else on standard error; exit codes as in docs/reference/commands.md.
 */
import { Command, CommanderError } from 'commander';
import { errorLine, exitCodeOf } from '#shared/util/exit-code';
import { addInit } from './cli/init.ts';
import { addInvite } from './cli/invite.ts';
import { addPlan } from './cli/plan.ts';
import { addRound } from './cli/round.ts';
import { addServe } from './cli/serve.ts';
import { addSites, addStatus } from './cli/status.ts';

const program = new Command('consilium-coordinator').description("a consortium's coordinator");
for (const add of [addInit, addServe, addInvite, addPlan, addRound, addStatus, addSites]) add(program);
for (const command of everyCommand(program)) command.exitOverride().showHelpAfterError(false);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2; // commander has said why
  } else {
    process.stderr.write(`consilium-coordinator: ${errorLine(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}
