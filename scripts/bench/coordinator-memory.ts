/**
 * The coordinator's greatest resident memory (VmHWM) over one round with 4, 16 and 64 sites of 1e6 parameters. The
 * coordinator is `consilium-coordinator serve`; the sites are in another process, over mutual TLS. `--sites 4,16,64`,
 * `--length N`.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CoordinatorProcess } from '../../test/support/coordinator-process.ts';
import { foundConsortium } from '../../test/support/simulated-consortium.ts';
import { inTemporaryFolder } from '../../test/support/temporary-folder.ts';
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
  const peaks: number[] = [];
  for (const count of counts) peaks.push(await peakMiB(count, length));
  const least = Math.min(...peaks);
  const reference = { name: 'the least of them', value: least, measured: 'this run' };
  const figures = counts.map((count, i): Figure => {
    const value = peaks[i]!; // one for each count
    return { name: `peak with ${String(count)} sites`, value, unit: 'MiB', better: 'lower', reach: null, reference };
  });
  const ratio = Math.max(...peaks) / least;
  const compared = { name: 'equal', value: 1, measured: 'by definition' };
  return [
    ...figures,
    { name: 'greatest over least', value: ratio, unit: '', better: 'lower', reach: 1.2, reference: compared },
  ];
}

/** The sum is checked, so that it is a whole round that was measured. */
async function peakMiB(count: number, length: number): Promise<number> {
  return inTemporaryFolder(async (parent) => {
    const dir = join(parent, 'coordinator');
    await foundConsortium(dir);
    const coordinator = await CoordinatorProcess.start(dir);
    try {
      const said = await simulate(dir, coordinator.ports.enrolment, count, length);
      const sum = (count * (count + 1)) / 2;
      const expected = JSON.stringify({ outcome: 'accepted', words: length, sums: [sum] });
      if (said.trim() !== expected) throw new Error(`the round of ${String(count)} sites ended with ${said}`);
      return peakOf(coordinator.pid);
    } finally {
      await coordinator.stop();
    }
  });
}

function simulate(dir: string, port: number, count: number, length: number): Promise<string> {
  const args = [simulatedSites, dir, ...[port, count, length].map(String)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (code === 0) resolve(said);
      else reject(new Error(`the simulated sites ended with exit code ${String(code)}`));
    });
  });
}

/** Linux keeps the greatest resident size of a process. */
function peakOf(pid: number): number {
  const [, kib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8')) ?? [];
  if (kib === undefined) throw new Error('this system does not tell the peak memory of a process: run it on Linux');
  return Number(kib) / 1024;
}
