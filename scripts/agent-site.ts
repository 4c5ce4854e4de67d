/**
 * The program of one enrolled site whose training is a vector of made-up numbers: takes part until the rounds of its plan are
 * over, and prints the most memory that its process ever had, in KiB (Linux). `node scripts/agent-site.ts DIR`
 */
import { readFileSync } from 'node:fs';
import { takePartWith } from './bench/secure-sum/agent-site.ts';

const [dir = ''] = process.argv.slice(2);
await takePartWith({ dir }, madeUp);
const [, peakKiB] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
process.stdout.write(`${peakKiB ?? ''}\n`);

/** Small numbers of both signs. */
function madeUp(length: number): Float32Array {
  const delta = new Float32Array(length);
  for (let i = 0; i < length; i++) delta[i] = ((i % 1001) - 500) / 1e6;
  return delta;
}
