/**
 * Training behind one interface: a worker thread computes, so that the caller's event loop stays free, and the caller
 * sees vectors of numbers only.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import { DependencyError, InvariantError, TransportError } from '#shared/errors';
import type { Figures, MethodReport } from '#client/evaluate/types';
import { revived } from './carried-error.ts';
import type { Answer, Call, Opened } from './messages.ts';
import type { LocalRound, LocalRun, Progress, Trainer, TrainerOptions } from './types.ts';

/**
 * A trainer that has read its data and compiled its program.
 *
 * @throws UsageError (badPlan, noSuchFile, badFormat, missingColumn, noUsableRows), DependencyError (noBackend)
 */
export async function startTrainer(options: TrainerOptions): Promise<Trainer> {
  const worker = new Worker(new URL(import.meta.resolve('#client/train/worker')), { workerData: options });
  const channel = channelOf(worker);
  try {
    const { program, measures, data, engine } = await channel.opened;
    return {
      program,
      measures,
      data,
      engine,
      fingerprint: () => program.fingerprint,
      initialWeights: () => program.initialWeights.slice(),
      trainRound: (start, round, evaluate = false) =>
        channel.ask<LocalRound>({ kind: 'trainRound', start, round, evaluate }),
      figures: (counts) => channel.ask<Figures>({ kind: 'figures', counts }),
      trainAlone: (onProgress) => channel.ask<LocalRun>({ kind: 'trainAlone' }, onProgress),
      evaluate: (start, split = 'test') => channel.ask<MethodReport>({ kind: 'evaluate', start, split }),
      dispose: () => channel.close(),
    };
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

interface Channel {
  readonly opened: Promise<Opened>;
  /** The answer to a call; `Result` is what the worker answers to that kind of call. */
  ask<Result>(call: Call, onProgress?: (progress: Progress) => void): Promise<Result>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Why a thread ended by itself: Node says so when its memory was used up; anything else is ours. */
function endOf(cause: unknown): Error {
  const full = cause instanceof Error && 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return full
    ? new DependencyError('outOfMemory', 'training used up its memory: give it more, or plan smaller batches', {
        cause,
      })
    : new InvariantError('unreachable', 'the training thread ended by itself', { cause });
}

/** Calls and answers in turn: the worker answers each call once and in order. */
function channelOf(worker: Worker): Channel {
  const queue: Waiting[] = [];
  let ended: Error | undefined;
  const wait = (onProgress?: (progress: Progress) => void): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) reject(ended);
      else queue.push({ resolve, reject, onProgress });
    });
  const end = (error: Error): void => {
    ended ??= error;
    for (const waiting of queue.splice(0)) waiting.reject(error);
  };
  worker.on('message', (answer: Answer) => {
    if (answer.kind === 'progress') queue[0]?.onProgress?.(answer.value);
    else if (answer.kind === 'failed') queue.shift()?.reject(revived(answer.error));
    else queue.shift()?.resolve(answer.value);
  });
  worker.on('error', (cause) => {
    end(endOf(cause));
  });
  worker.on('exit', () => {
    end(new InvariantError('unreachable', 'the training thread has ended'));
  });
  const ask = async <Result>(call: Call, onProgress?: (progress: Progress) => void): Promise<Result> => {
    const answer = wait(onProgress);
    if (ended === undefined) worker.postMessage(call);
    return (await answer) as Result; // the worker answers each kind of call with its own kind of result
  };
  return {
    opened: wait() as Promise<Opened>, // the first thing that the worker says
    ask,
    close: async () => {
      if (ended !== undefined) return;
      // Training under way may take hours more: who closes does not want its result.
      if (queue.length === 0) await ask({ kind: 'close' });
      else end(new TransportError('unavailable', 'the training was stopped before it ended'));
      await worker.terminate();
    },
  };
}
