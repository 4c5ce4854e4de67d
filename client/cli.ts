/**
 * `consilium-site`: a hospital's program. Results on standard output, everything else on standard error; exit codes in
 * docs/reference/commands.md.
 *
 * @module
 */
import { Command, CommanderError } from 'commander';
import { errorLine, exitCodeOf } from '#shared/util/exit-code';
import { addClassify } from './cli/classify.ts';
import { addDoctor } from './cli/doctor.ts';
import { addEnrol } from './cli/enrol.ts';
import { addIndex } from './cli/index-command.ts';
import { addLedger } from './cli/ledger.ts';
import { addModel } from './cli/model-evaluate.ts';
import { addPhantom } from './cli/phantom.ts';
import { addPlan } from './cli/plan.ts';
import { addRun } from './cli/run.ts';
import { addSearch } from './cli/search.ts';
import { addSeverity } from './cli/severity.ts';

/** What a program that is done may take to close its connections. */
const farewellMs = 1_000;

const program = new Command('consilium-site').description("a hospital's site agent");
const use = [addModel, addIndex, addSearch, addClassify, addSeverity];
for (const add of [addEnrol, addRun, addPlan, addPhantom, ...use, addLedger, addDoctor]) add(program);
for (const command of everyCommand(program)) command.exitOverride().showHelpAfterError(false);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2; // commander has said why
  } else {
    process.stderr.write(`consilium-site: ${errorLine(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
// grpc-js cannot break off a TLS handshake that nobody answers: it must not hold a program that is done.
setTimeout(() => process.exit(), farewellMs).unref();

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}
