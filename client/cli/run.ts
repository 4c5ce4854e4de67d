/** `consilium-site run` @module */
import { join } from 'node:path';
import type { Command } from 'commander';
import { pino } from 'pino';
import { runAgent } from '#client/agent/agent';
import type { Progress } from '#client/agent/progress';
import type { EngineChoice } from '#client/engine/types';
import { engine, whole } from './arguments.ts';
import { note } from './output.ts';

interface Options {
  readonly dir: string;
  readonly data: string;
  readonly files?: string;
  readonly summariser?: string;
  readonly engine: EngineChoice;
  readonly threads: number;
  readonly seed?: number;
  readonly masks: boolean;
  readonly untilDone?: boolean;
  readonly quiet?: boolean;
}

/** Adds the command. */
export function addRun(program: Command): void {
  program
    .command('run')
    .description('the agent: connects to the coordinator, trains here, takes part in the rounds of the approved plan')
    .requiredOption('--dir <dir>', 'the folder of this site')
    .requiredOption('--data <csv>', 'the pairs.csv of this site')
    .option('--files <dir>', 'the folder of the files that the plan names')
    .option('--summariser <program>', "the hospital's own program that makes statements of reports, for BrgSA")
    .option('--engine <name>', 'auto, tensorflow-gpu, onnx, onnx-cuda, onnx-webgpu or reference', engine, 'auto')
    .option('--threads <n>', 'threads of the numeric library', whole(1), 1)
    .option('--seed <n>', 'of batches and rounding, never of keys and masks (default: drawn once)', whole(0))
    .option('--no-masks', 'for comparison in tests only: leaves the pairwise masks out')
    .option('--until-done', 'end after the last round of the plan')
    .option('--quiet', 'no progress')
    .action(run);
}

/** What a person has to know of a message that no honest coordinator sends. */
function accusation({ round, code }: Extract<Progress, { kind: 'refused' }>, dir: string): string {
  const kept = `the message is kept in ${join(dir, 'rounds')}`;
  return `round ${round}: REFUSED what the coordinator sent: it breaks the protocol. Nothing was revealed for it; ${kept}. Talk to the other hospitals before you go on. [${code}]`;
}

async function run(options: Options): Promise<void> {
  if (!options.masks)
    note('WARNING: --no-masks: the coordinator can read what this site uploads. For comparison in tests only.');
  const stop = new AbortController();
  const abort = (): void => {
    stop.abort();
  };
  process.once('SIGINT', abort).once('SIGTERM', abort);
  const diagnostics = pino({ level: 'info', base: null }, pino.destination({ dest: 2, sync: true }));
  const tell = (progress: Progress): void => {
    if (options.quiet !== true) process.stdout.write(`${JSON.stringify(progress)}\n`);
    if (progress.kind === 'refused' && progress.culprits.includes('coordinator'))
      note(accusation(progress, options.dir));
  };
  await runAgent({
    dir: options.dir,
    data: options.data,
    files: options.files,
    summariser: options.summariser,
    engine: options.engine,
    threads: options.threads,
    seed: options.seed,
    noMasks: !options.masks,
    untilDone: options.untilDone === true,
    tell,
    diagnostics,
    signal: stop.signal,
  });
}
