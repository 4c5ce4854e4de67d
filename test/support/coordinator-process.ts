/** A coordinator as its own process, on loopback, through its own command line. @module */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderPaths } from '#coordinator/identity/folder';
import { ProgramProcess } from './program-process.ts';

const program = join(import.meta.dirname, '..', '..', 'coordinator', 'cli.ts');

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end. `limit` goes before it in a shell, for example `ulimit -f 64`. */
export async function coordinatorCommand(args: readonly string[], limit?: string): Promise<Ended> {
  const child = launch(args, limit);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

/** How Node is started. */
export interface NodeOptions {
  readonly execArgv?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** The program, instead of the one that is meant. */
  readonly file?: string;
}

/** A line of `serve --json -`. */
export type ServeLine = { readonly kind: string } & Readonly<Record<string, unknown>>;

/** A running coordinator. */
export class CoordinatorProcess extends ProgramProcess<ServeLine> {
  readonly dir: string;

  private constructor(dir: string, child: ChildProcess) {
    super(child);
    this.dir = dir;
  }

  /** Starts `serve` and waits until it listens. */
  static async start(dir: string, limit?: string): Promise<CoordinatorProcess> {
    const started = new CoordinatorProcess(dir, launch(serveArgs(dir), limit));
    await started.line(({ kind }) => kind === 'listening');
    return started;
  }

  /** Starts `serve`, or another program with its arguments, and does not wait: it may end before it listens. */
  static launch(dir: string, { execArgv = [], env = process.env, file = program }: NodeOptions): CoordinatorProcess {
    const args = [...execArgv, file, ...serveArgs(dir)];
    return new CoordinatorProcess(dir, spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env }));
  }

  get ports(): { readonly main: number; readonly enrolment: number } {
    const listening = this.lines.find(({ kind }) => kind === 'listening');
    return { main: Number(listening?.['port']), enrolment: Number(listening?.['enrolmentPort']) };
  }

  get authorityPem(): string {
    return readFileSync(folderPaths(this.dir).authority, 'utf8');
  }
}

function serveArgs(dir: string): readonly string[] {
  return ['serve', '--dir', dir, '--json', '-'];
}

function launch(args: readonly string[], limit?: string): ChildProcess {
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  if (limit === undefined) return spawn(process.execPath, [program, ...args], { stdio });
  return spawn('bash', ['-c', `${limit}; exec "$0" "$@"`, process.execPath, program, ...args], { stdio });
}
