/** A vector too long for one process to hold ten of: every site is a process of its own, and its memory is what is measured. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { withConsortium } from './consortium.ts';
import type { RoundChoice } from './consortium.ts';

const program = join(import.meta.dirname, '..', '..', 'agent-site.ts');

/** What a round of such a vector took. */
export interface LargeRound {
  /** The most of all sites. */
  readonly sitePeakBytes: number;
  readonly clockS: number;
}

/** Runs one round under this plan. @throws Error if it ends otherwise than accepted. */
export async function largeRound(choice: RoundChoice): Promise<LargeRound> {
  return withConsortium(choice, async ({ siteDirs }) => {
    const began = performance.now();
    const peaks = await Promise.all(siteDirs.map(peakOfSite));
    return { sitePeakBytes: Math.max(...peaks), clockS: (performance.now() - began) / 1000 };
  });
}

function peakOfSite(dir: string): Promise<number> {
  const child = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      const kib = Number(said);
      if (code === 0 && kib > 0) resolve(1024 * kib);
      else reject(new Error(`the site in ${dir} ended with exit code ${String(code)}`));
    });
  });
}
