/** A coordinator as its own process, on loopback, through its own command line. @module */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { folderPaths } from '#coordinator/identity/folder';

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

/** A line of `serve --json -`. */
export type ServeLine = { readonly kind: string } & Readonly<Record<string, unknown>>;

/** A running coordinator. */
export class CoordinatorProcess {
  readonly dir: string;
  readonly pid: number;
  readonly ports: { readonly main: number; readonly enrolment: number };
  readonly lines: ServeLine[];
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #watchers: (() => void)[] = [];

  private constructor(dir: string, child: ChildProcess, lines: ServeLine[], watch: (wake: () => void) => void) {
    const listening = lines.find(({ kind }) => kind === 'listening');
    this.dir = dir;
    this.pid = child.pid ?? -1;
    this.ports = { main: Number(listening?.['port']), enrolment: Number(listening?.['enrolmentPort']) };
    this.lines = lines;
    this.#child = child;
    this.ended = endOf(child);
    watch(() => {
      for (const wake of this.#watchers.splice(0)) wake();
    });
  }

  /** Starts `serve` and waits until it listens. */
  static async start(dir: string, limit?: string): Promise<CoordinatorProcess> {
    const child = launch(['serve', '--dir', dir, '--json', '-'], limit);
    const lines: ServeLine[] = [];
    let heard = (): void => undefined;
    const first = Promise.withResolvers<undefined>();
    createInterface({ input: child.stdout! }).on('line', (line) => {
      lines.push(JSON.parse(line) as ServeLine); // serve --json - prints nothing else
      first.resolve(undefined);
      heard();
    });
    const died = endOf(child).then(({ stderr }) => {
      first.reject(new Error(`the coordinator ended before it listened: ${stderr}`));
    });
    await Promise.race([first.promise, died]);
    await first.promise;
    return new CoordinatorProcess(dir, child, lines, (wake) => {
      heard = wake;
    });
  }

  get authorityPem(): string {
    return readFileSync(folderPaths(this.dir).authority, 'utf8');
  }

  /** Fulfilled when a line of `serve` is as asked. */
  async line(matches: (line: ServeLine) => boolean): Promise<ServeLine> {
    for (;;) {
      const found = this.lines.find(matches);
      if (found !== undefined) return found;
      await new Promise<void>((wake) => this.#watchers.push(wake));
    }
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  async stop(): Promise<Ended> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }
}

function launch(args: readonly string[], limit?: string): ChildProcess {
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  if (limit === undefined) return spawn(process.execPath, [program, ...args], { stdio });
  return spawn('bash', ['-c', `${limit}; exec "$0" "$@"`, process.execPath, program, ...args], { stdio });
}

function endOf(child: ChildProcess): Promise<Ended> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) =>
    child.once('close', (code) => {
      resolve({ code, stdout: '', stderr });
    }),
  );
}
