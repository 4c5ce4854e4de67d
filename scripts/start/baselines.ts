/**
 * The columns beside the federation, trained here for comparison only: every site alone, and all data in one place.
 * Same program, same initial weights, same number of steps, same batch size.
 */
import { availableParallelism } from 'node:os';
import { startTrainer } from '#client/train/trainer';
import type { StartingPoint, TrainerOptions } from '#client/train/types';
import type { MethodReport } from '#client/evaluate/types';
import type { SiteFile } from './site-data.ts';

export interface Baselines {
  /** By site. */
  readonly alone: ReadonlyMap<string, MethodReport>;
  readonly centralised: ReadonlyMap<string, MethodReport>;
  readonly steps: number;
  readonly seconds: number;
}

/** What all columns have in common. */
export type BaselineOptions = Pick<TrainerOptions, 'method' | 'config' | 'files' | 'rounds' | 'engine' | 'seed'>;

/** Trains all the columns, as many at a time as there are processors. `say` hears what ended. */
export async function trainBaselines(
  common: BaselineOptions,
  sites: readonly SiteFile[],
  say: (line: string) => void,
): Promise<Baselines> {
  const began = performance.now();
  const alone = new Map<string, MethodReport>();
  const centralised = new Map<string, MethodReport>();
  let steps = 0;

  const pooled = Promise.withResolvers<StartingPoint>();
  const trainPooled = async (): Promise<void> => {
    await withTrainer({ ...common, data: { csv: sites.map(({ csv }) => csv) } }, async (trainer) => {
      const run = await trainer.trainAlone();
      steps = run.steps;
      pooled.resolve(run);
      say(`all data in one place: ${run.steps} steps, loss ${run.lossNats.toFixed(3)}`);
    }).catch((error: unknown) => {
      pooled.reject(error);
      throw error;
    });
  };
  const trainOneSite = async ({ site, csv }: SiteFile): Promise<void> => {
    await withTrainer({ ...common, data: { csv } }, async (trainer) => {
      const run = await trainer.trainAlone();
      alone.set(site, await trainer.evaluate(run));
      say(`${site} alone: ${run.steps} steps, loss ${run.lossNats.toFixed(3)}`);
      centralised.set(site, await trainer.evaluate(await pooled.promise));
    });
  };

  // The pooled run is first in the line: whoever waits for its weights does not keep it from running.
  await atMost(availableParallelism(), [trainPooled, ...sites.map((site) => () => trainOneSite(site))]);
  return { alone, centralised, steps, seconds: (performance.now() - began) / 1000 };
}

type Trainer = Awaited<ReturnType<typeof startTrainer>>;

async function withTrainer<T>(options: TrainerOptions, use: (trainer: Trainer) => Promise<T>): Promise<T> {
  const trainer = await startTrainer(options);
  try {
    return await use(trainer);
  } finally {
    await trainer.dispose();
  }
}

/** Runs the jobs in order, `limit` at a time; the first failure is thrown when those under way have ended. */
async function atMost(limit: number, jobs: readonly (() => Promise<void>)[]): Promise<void> {
  const waiting = [...jobs];
  const worker = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) await job();
  };
  const ends = await Promise.allSettled(Array.from({ length: limit }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
