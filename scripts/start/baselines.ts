/**
 * The columns beside the federation, trained here for comparison only: every site alone, and all data in one place.
 * Same program, same initial weights, same number of steps, same batch size.
 */
import { availableParallelism } from 'node:os';
import { startTrainer } from '#client/train/trainer';
import type { TrainerOptions } from '#client/train/types';
import { loadPairs } from '#client/data/load-pairs';
import type { Pair } from '#client/data/types';
import type { RetrievalReport } from '#client/evaluate/types';
import type { SiteFile } from './site-data.ts';

export interface Baselines {
  /** By site. */
  readonly alone: ReadonlyMap<string, RetrievalReport>;
  readonly centralised: ReadonlyMap<string, RetrievalReport>;
  readonly steps: number;
  readonly seconds: number;
}

type Common = Pick<TrainerOptions, 'method' | 'config' | 'rounds' | 'engine' | 'seed'>;

/** Trains all the columns, as many at a time as there are processors. `say` hears what ended. */
export async function trainBaselines(
  common: Common,
  imageSize: number,
  sites: readonly SiteFile[],
  say: (line: string) => void,
): Promise<Baselines> {
  const began = performance.now();
  const pairsOf = new Map<string, readonly Pair[]>();
  for (const { site, csv } of sites) pairsOf.set(site, (await loadPairs(csv, imageSize)).pairs);
  const alone = new Map<string, RetrievalReport>();
  const centralised = new Map<string, RetrievalReport>();
  let steps = 0;

  const pooledWeights = Promise.withResolvers<Float32Array>();
  const trainPooled = async (): Promise<void> => {
    const pooled = [...pairsOf.values()].flat();
    await withTrainer({ ...common, data: { pairs: pooled } }, async (trainer) => {
      const run = await trainer.trainAlone();
      steps = run.steps;
      pooledWeights.resolve(run.weights);
      say(`all data in one place: ${run.steps} steps, loss ${run.lossNats.toFixed(3)}`);
    }).catch((error: unknown) => {
      pooledWeights.reject(error);
      throw error;
    });
  };
  const trainOneSite = async ({ site }: SiteFile): Promise<void> => {
    await withTrainer({ ...common, data: { pairs: pairsOf.get(site) ?? [] } }, async (trainer) => {
      const run = await trainer.trainAlone();
      alone.set(site, await trainer.evaluate(run.weights));
      say(`${site} alone: ${run.steps} steps, loss ${run.lossNats.toFixed(3)}`);
      centralised.set(site, await trainer.evaluate(await pooledWeights.promise));
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
