/** A real coordinator and enrolled sites as processes, for tests of the programs. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `consilium-site` (or the coordinator) to its end. `limitKiB` is a limit on the size of every file it writes. */
export function runProgram(program: 'client' | 'coordinator', args: readonly string[], limitKiB?: number): Ended {
  const command = [process.execPath, join(root, program, 'cli.ts'), ...args];
  const [file = '', ...rest] =
    limitKiB === undefined ? command : ['bash', '-c', `ulimit -f ${limitKiB}; exec "$@"`, 'limited', ...command];
  const { status, stdout, stderr } = spawnSync(file, rest, { cwd: root, encoding: 'utf8', timeout: 60_000 });
  return { code: status, out: stdout, err: stderr };
}

/** The result of a command that must succeed, as JSON. */
export function resultOf(
  program: 'client' | 'coordinator',
  args: readonly string[],
): Readonly<Record<string, unknown>> {
  const { code, out, err } = runProgram(program, [...args, '--json', '-']);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${code ?? 'killed'}: ${err}`);
  return JSON.parse(out) as Record<string, unknown>;
}

/** A coordinator that runs in a folder of its own. */
export class TestConsortium {
  readonly dir: string;
  readonly #process: ChildProcess;

  private constructor(dir: string, running: ChildProcess) {
    this.dir = dir;
    this.#process = running;
  }

  static async start(): Promise<TestConsortium> {
    const dir = mkdtempSync(join(tmpdir(), 'consortium-'));
    const folder = join(dir, 'coordinator');
    const where = ['--listen', '127.0.0.1', '--port', '0', '--enrol-port', '0'];
    resultOf('coordinator', ['init', folder, '--name', 'Test', ...where]);
    const serve = [join(root, 'coordinator/cli.ts'), 'serve', '--dir', folder, '--json', '-'];
    const running = spawn(process.execPath, serve, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise<void>((resolve, reject) => {
      running.stdout.once('data', resolve);
      running.once('exit', reject);
    });
    return new TestConsortium(dir, running);
  }

  get coordinatorDir(): string {
    return join(this.dir, 'coordinator');
  }

  get ports(): { readonly port: number; readonly enrolmentPort: number } {
    const running = readFileSync(join(this.coordinatorDir, 'running.json'), 'utf8');
    return JSON.parse(running) as { port: number; enrolmentPort: number };
  }

  siteDir(site: string): string {
    return join(this.dir, site);
  }

  token(site: string): string {
    return String(resultOf('coordinator', ['invite', site, '--dir', this.coordinatorDir])['token']);
  }

  /** Invites and enrols a site; its folder. */
  enrol(site: string): string {
    const coordinator = `localhost:${this.ports.enrolmentPort}`;
    resultOf('client', [
      'enrol',
      '--coordinator',
      coordinator,
      '--token',
      this.token(site),
      '--dir',
      this.siteDir(site),
    ]);
    return this.siteDir(site);
  }

  /** Drafts and proposes a plan for three sites; its id. */
  propose(): string {
    const file = join(this.dir, 'plan.yaml');
    resultOf('client', ['plan', 'draft', '--out', file, '--rounds', '2', '--weight-cap', '128']);
    const { code, err } = runProgram('coordinator', ['plan', 'propose', file, '--dir', this.coordinatorDir]);
    if (code !== 0) throw new Error(err);
    return String(resultOf('client', ['plan', 'review', '--dir', this.siteDir('north')])['plan']);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill();
    await ended;
    rmSync(this.dir, { recursive: true });
  }
}
