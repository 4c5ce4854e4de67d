/**
 * The coordinator's greatest resident memory (VmHWM) over one round with 4, 16 and 64 sites of 1e6 parameters, the making
 * of the data key included. The coordinator is `consilium-coordinator serve`; the sites are in another process, over mutual
 * TLS. `--sites 4,16,64`, `--length N`, `--encryption none|stream|bgv`, all three unless given. See
 * docs/explanation/speed.md.
 */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { encryptions } from '../../test/support/ciphers.ts';
import type { Encryption } from '../../test/support/ciphers.ts';
import { CoordinatorProcess } from '../../test/support/coordinator-process.ts';
import { foundConsortium } from '../../test/support/simulated-consortium.ts';
import { inTemporaryFolder } from '../../test/support/temporary-folder.ts';
import { peakMemoryBytes } from './peak-memory.ts';
import type { Bench, BenchOptions, Figure } from './types.ts';

const simulatedSites = join(import.meta.dirname, '..', 'simulated-sites.ts');

export const coordinatorMemory: Bench = {
  name: 'coordinator-memory',
  title: "the coordinator's peak memory with 4, 16 and 64 sites of 1e6 parameters",
  run,
};

async function run(options: BenchOptions): Promise<readonly Figure[]> {
  const counts = typeof options['sites'] === 'string' ? options['sites'].split(',').map(Number) : [4, 16, 64];
  const length = typeof options['length'] === 'string' ? Number(options['length']) : 1_000_000;
  const figures: Figure[] = [];
  for (const encryption of toEncryptions(options['encryption'])) {
    const peaks: number[] = [];
    for (const count of counts) peaks.push(await peakMiB(encryption, count, length));
    figures.push(...figuresOf(encryption, counts, peaks));
  }
  return figures;
}

function figuresOf(encryption: Encryption, counts: readonly number[], peaks: readonly number[]): readonly Figure[] {
  const least = Math.min(...peaks);
  const reference = { name: 'the least of them', value: least, measured: 'this run' };
  const figures = counts.map((count, i): Figure => {
    const value = peaks[i]!; // one for each count
    const name = `${encryption}: peak with ${String(count)} sites`;
    return { name, value, unit: 'MiB', better: 'lower', reach: null, reference };
  });
  const ratio = Math.max(...peaks) / least;
  const compared = { name: 'equal', value: 1, measured: 'by definition' };
  const name = `${encryption}: greatest over least`;
  return [...figures, { name, value: ratio, unit: '', better: 'lower', reach: 1.2, reference: compared }];
}

function toEncryptions(name: string | true | undefined): readonly Encryption[] {
  if (name === undefined) return encryptions;
  const chosen = encryptions.filter((encryption) => encryption === name);
  if (chosen.length === 1) return chosen;
  throw new Error(`--encryption: expected none, stream or bgv, found ${String(name)}`);
}

/**
 * The sites enrol and approve with one coordinator; the round is run by the next on the same folder, so that what is
 * measured is the round. Its sum is checked, so that it is a whole one.
 */
async function peakMiB(encryption: Encryption, count: number, length: number): Promise<number> {
  return inTemporaryFolder(async (parent) => {
    const dir = join(parent, 'coordinator');
    await foundConsortium(dir, await freePort());
    const enrolling = await CoordinatorProcess.start(dir);
    const sites = new SimulatedSites([dir, ...[enrolling.ports.enrolment, count, length, encryption].map(String)]);
    await sites.line('approved');
    await enrolling.stop();
    const coordinator = await CoordinatorProcess.start(dir);
    try {
      const sum = (count * (count + 1)) / 2;
      sites.goOn();
      await sites.line(JSON.stringify({ outcomes: ['accepted'], lengths: [length], sums: [sum] }));
      return peakMemoryBytes(coordinator.pid) / 2 ** 20;
    } finally {
      sites.stop();
      await coordinator.stop();
    }
  });
}

/** `scripts/simulated-sites.ts` as a process. */
class SimulatedSites {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string, undefined>;

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [simulatedSites, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Waits for the next line, which must be this one. */
  async line(expected: string): Promise<void> {
    const { value }: IteratorResult<string, undefined> = await this.#lines.next();
    if (value !== expected) throw new Error(`the simulated sites said ${String(value)} instead of ${expected}`);
  }

  stop(): void {
    this.#child.kill();
  }

  goOn(): void {
    this.#child.stdin.write('\n');
  }
}

/** A port that stays the same over a restart. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  await new Promise((resolve) => server.close(resolve));
  return port;
}
