/** A machine in a worker thread, so that the caller's event loop stays free during a step. @module */
import { Worker } from 'node:worker_threads';
import { DependencyError } from '#shared/errors';
import type { HostValues } from '../types.ts';
import type { Reply, Request, WorkerStart } from './protocol.ts';
import type { StateMachine } from './state-machine.ts';

interface Waiting {
  resolve(value: Extract<Reply, { kind: 'done' }>['value']): void;
  reject(error: Error): void;
}

/** Starts the thread and opens the session there. @throws DependencyError (noBackend) if that fails. */
export async function openInWorker(start: WorkerStart): Promise<StateMachine> {
  const worker = new Worker(new URL(import.meta.resolve('#client/engine/run/worker')));
  const waiting: Waiting[] = [];
  const failed = (message: string, cause?: unknown): DependencyError =>
    new DependencyError('noBackend', message, { cause });
  let gone: DependencyError | undefined;
  worker.on('message', (reply: Reply) => {
    const next = waiting.shift();
    if (waiting.length === 0) worker.unref();
    if (reply.kind === 'done') next?.resolve(reply.value);
    else next?.reject(failed(reply.message));
  });
  const stopped = (error: DependencyError): void => {
    gone ??= error;
    for (const one of waiting.splice(0)) one.reject(gone);
  };
  worker.on('error', (error) => {
    stopped(failed(`the engine's thread stopped: ${String(error)}`, error));
  });
  worker.on('exit', (code) => {
    stopped(failed(`the engine's thread ended with code ${code}`));
  });
  const answer = async (): Promise<Extract<Reply, { kind: 'done' }>['value']> => {
    if (gone !== undefined) throw gone;
    worker.ref(); // the process stays alive while something is under way, and only then
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  };
  const ask = async (request: Request): Promise<Extract<Reply, { kind: 'done' }>['value']> => {
    worker.postMessage(request);
    return answer();
  };
  const end = async (): Promise<void> => {
    await worker.terminate();
  };
  try {
    await ask(start); // as `workerData` it would stay in the thread for good
  } catch (error) {
    await end();
    throw error;
  }
  return {
    steps: async (batches) => (await ask({ kind: 'steps', batches })) as HostValues[], // as the request says
    read: async (names) => (await ask({ kind: 'read', names })) as HostValues,
    write: async (values) => {
      await ask({ kind: 'write', values });
    },
    dispose: async () => {
      await ask({ kind: 'dispose' });
      await end();
    },
  };
}
