/** An agent as its own process, through its own command line. @module */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Progress } from '#client/agent/progress';
import type { NodeOptions } from './coordinator-process.ts';
import { ProgramProcess } from './program-process.ts';

const program = join(import.meta.dirname, '..', '..', 'client', 'cli.ts');

/** Starts `consilium-site run` in a folder of a site. */
export function startSite(
  dir: string,
  csv: string,
  args: readonly string[],
  { execArgv = [], env = process.env }: Omit<NodeOptions, 'file'> = {},
): ProgramProcess<Progress> {
  const run = [...execArgv, program, 'run', '--dir', dir, '--data', csv, ...args];
  return new ProgramProcess(spawn(process.execPath, run, { stdio: ['ignore', 'pipe', 'pipe'], env }));
}
