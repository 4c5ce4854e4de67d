/** The commands of `consilium-coordinator`, read from the command line and run. */
import { Command, CommanderError } from 'commander';
import { errorLine, exitCodeOf } from '#shared/util/exit-code';
import { addInit } from './init.ts';
import { addInvite } from './invite.ts';
import { addPlan } from './plan.ts';
import { addRound } from './round.ts';
import { addServe } from './serve.ts';
import { addSites, addStatus } from './status.ts';

/** Runs the command of this process; its end is the exit code. */
export async function runCommand(): Promise<void> {
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
}

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}
