/**
 * The program of one enrolled site whose training is a vector of made-up numbers: takes part until the rounds of its plan are
 * over, and prints the most memory that its process ever had, in KiB (Linux). `node scripts/agent-site.ts DIR`
 */
import { peakMemoryBytes } from './bench/peak-memory.ts';
import { takePartWith } from './bench/secure-sum/agent-site.ts';

const [dir = ''] = process.argv.slice(2);
await takePartWith({ dir }, madeUp);
process.stdout.write(`${peakMemoryBytes() / 1024}\n`);

/** Small numbers of both signs. */
function madeUp(length: number): Float32Array {
  const delta = new Float32Array(length);
  for (let i = 0; i < length; i++) delta[i] = ((i % 1001) - 500) / 1e6;
  return delta;
}
