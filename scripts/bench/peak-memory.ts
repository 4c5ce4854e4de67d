/** The most memory that a process ever had. */
import { readFileSync } from 'node:fs';

/**
 * In bytes (Linux). Of the program that runs now: `getrusage` also counts what the parent had when it began it.
 *
 * @throws Error where the system does not tell
 */
export function peakMemoryBytes(pid: number | 'self' = 'self'): number {
  const [, kib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kib === undefined) throw new Error('this system does not tell the peak memory of a process: run it on Linux');
  return 1024 * Number(kib);
}
