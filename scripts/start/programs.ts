/** Runs the two programs as a person would: real processes, their own command lines. And a script of ours beside them. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ConsiliumError } from '#shared/errors';

const root = join(import.meta.dirname, '..', '..');

// A run starts two dozen programs and threads: what one has compiled of the modules, the others read (Node's own cache).
process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules', '.cache', 'compiled');

export type Program = 'consilium-coordinator' | 'consilium-site';

/** A program, a round or a check failed: exit code 1. */
export class RunError extends ConsiliumError {}

const children = new Set<ChildProcess>();

/** A run that is interrupted takes its programs with it. */
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    for (const child of children) child.kill('SIGTERM');
    process.exit(exitCode);
  });
}

function start(program: Program, args: readonly string[], stderr: 'pipe' | number): ChildProcess {
  const file = join(root, 'scripts', 'bin', `${program}.mjs`);
  return remembered(spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', stderr] }));
}

/** A script of ours as a process that hears and sends messages; what it complains of goes where ours goes. */
export function beginProcess(file: string): ChildProcess {
  return remembered(fork(file, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
}

function remembered(child: ChildProcess): ChildProcess {
  children.add(child);
  child.once('close', () => children.delete(child));
  return child;
}

/** Standard output of a command that ends with 0. @throws RunError (programFailed) with its last line otherwise */
export async function run(program: Program, args: readonly string[]): Promise<string> {
  const child = start(program, args, 'pipe');
  let out = '';
  let complaints = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text)); // both are pipes
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const code = await new Promise<number>((resolve) => {
    child.on('close', (exit) => {
      resolve(exit ?? 1);
    });
  });
  if (code === 0) return out;
  const lastWords = complaints.trim().split('\n').at(-1) ?? '';
  throw new RunError(
    'programFailed',
    `${program} ${args.slice(0, 2).join(' ')} ended with exit code ${code}: ${lastWords}`,
  );
}

/** A program that runs until it is stopped or done. */
export interface Running {
  readonly pid: number;
  /** Fulfilled with the exit code; 0 also when it was stopped by us. */
  readonly ended: Promise<number>;
  /** Asks it to end, and waits. */
  stop(): Promise<void>;
}

/** Starts a program whose standard output is read line by line and whose diagnostics go to `logFile`. */
export function serve(
  program: Program,
  args: readonly string[],
  logFile: string,
  onLine: (line: string) => void,
): Running {
  const log = openSync(logFile, 'a', 0o600);
  const child = start(program, args, log);
  closeSync(log);
  createInterface({ input: child.stdout! }).on('line', onLine); // a pipe, by `start`
  let stopping = false;
  const ended = new Promise<number>((resolve) => {
    child.on('close', (code) => {
      resolve(stopping ? 0 : (code ?? 1));
    });
  });
  return {
    pid: child.pid ?? -1,
    ended,
    stop: async () => {
      stopping = true;
      child.kill('SIGTERM');
      await ended;
    },
  };
}
