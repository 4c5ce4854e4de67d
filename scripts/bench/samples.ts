/** Times of one piece of work, done again and again: on a loaded machine CPU time says more than the clock. */

/** The least and the middle of several runs, in nanoseconds. */
export interface Spread {
  readonly min: number;
  readonly median: number;
}

/** Of all threads of this process, and by the clock. */
export interface Times {
  readonly cpuNs: Spread;
  readonly wallNs: Spread;
}

/** Times `work`, once before it counts and `runs` times then. */
export async function timesOf(runs: number, work: () => void | Promise<void>): Promise<Times> {
  await work();
  const cpu: number[] = [];
  const wall: number[] = [];
  for (let run = 0; run < runs; run++) {
    const cpuBefore = process.cpuUsage();
    wall.push(await clockNs(work));
    const { user, system } = process.cpuUsage(cpuBefore);
    cpu.push(1000 * (user + system));
  }
  return { cpuNs: spreadOf(cpu), wallNs: spreadOf(wall) };
}

/** How long `work` takes by the clock. */
export async function clockNs(work: () => unknown): Promise<number> {
  const before = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - before);
}

/** The least and the middle one. */
export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  return { min: sorted[0] ?? Number.NaN, median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN };
}
