/** An agent as its own process, through its own command line. @module */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Progress } from '#client/agent/progress';
import { ProgramProcess } from './program-process.ts';

const program = join(import.meta.dirname, '..', '..', 'client', 'cli.ts');

/** Starts `consilium-site run` in a folder of a site. */
export function startSite(dir: string, csv: string, args: readonly string[]): ProgramProcess<Progress> {
  const run = [program, 'run', '--dir', dir, '--data', csv, ...args];
  return new ProgramProcess(spawn(process.execPath, run, { stdio: ['ignore', 'pipe', 'pipe'] }));
}
