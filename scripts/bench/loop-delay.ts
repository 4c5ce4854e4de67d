/**
 * How long an agent's event loop stands still at most while its trainer compiles, trains and evaluates; and how long it
 * works at most without a pause, by its thread's own clock, which runs only when the thread does: on a busy machine a
 * stall is mostly the neighbours' time.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { phantomPairs } from '#client/data/phantom/phantoms';
import { radiographPhantom } from '#client/data/phantom/radiograph/generate';
import { startTrainer } from '#client/train/trainer';
import type { Figure } from './types.ts';

/** The longest that it may: heartbeats and other sites wait for it. */
const reach = 50;

interface Watched<T> {
  readonly result: T;
  readonly figures: readonly Figure[];
}

async function watched<T>(during: string, work: () => Promise<T>): Promise<Watched<T>> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let longestWork = 0;
  let last = cpuMilliseconds();
  const timer = setInterval(() => {
    const now = cpuMilliseconds();
    longestWork = Math.max(longestWork, now - last);
    last = now;
  }, 1);
  delay.enable();
  const result = await work();
  await new Promise((resolve) => setTimeout(resolve, 2)); // one more turn: the last is counted, too
  delay.disable();
  clearInterval(timer);
  const figure = (what: string, value: number): Figure => ({
    name: `the agent's loop ${during}: ${what}`,
    ...{ value, unit: 'ms', better: 'lower', reach, reference: null },
  });
  return { result, figures: [figure('longest stall', delay.max / 1e6), figure('longest work', longestWork)] };
}

function cpuMilliseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e3;
}

export async function loopDelay(): Promise<Figure[]> {
  const pairs = phantomPairs(radiographPhantom, { seed: 1, site: 'north', trainPairs: 64, testPairs: 50 });
  const opened = await watched('while its trainer compiles', () =>
    startTrainer({ method: 'clip', config: {}, rounds: 4, data: { pairs }, seed: 1 }),
  );
  const trainer = opened.result;
  const trained = await watched('during two rounds and an evaluation', async () => {
    const start = { weights: trainer.initialWeights(), local: null };
    for (const round of [1, 2]) await trainer.trainRound(start, round);
    await trainer.evaluate(start);
  });
  await trainer.dispose();
  return [...opened.figures, ...trained.figures];
}
