/** The worker thread of a runner: it owns the session and the state, and answers one request after the other. @module */
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort, Transferable } from 'node:worker_threads';
import { openOnnx } from './onnx-machine.ts';
import type { Reply, Request, WorkerStart } from './protocol.ts';
import type { StateMachine } from './state-machine.ts';

async function answer(
  port: MessagePort,
  call: () => Promise<Extract<Reply, { kind: 'done' }>['value']>,
): Promise<void> {
  try {
    const value = await call();
    port.postMessage({ kind: 'done', value } satisfies Reply, buffersOf(value));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    port.postMessage({ kind: 'failed', message } satisfies Reply);
  }
}

/** Copies that a read has made travel without another; a runtime's own memory cannot move and is copied. */
function buffersOf(value: unknown): Transferable[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.values(value as Record<string, Float32Array<ArrayBuffer>>).map(({ buffer }) => buffer); // HostValues
}

async function perform(machine: StateMachine, request: Request): Promise<Extract<Reply, { kind: 'done' }>['value']> {
  switch (request.kind) {
    case 'steps':
      return machine.steps(request.batches);
    case 'read':
      return machine.read(request.names);
    case 'write':
      await machine.write(request.values);
      return undefined;
    case 'dispose':
      await machine.dispose();
      return undefined;
  }
}

async function serve(port: MessagePort, { compiled, init, settings }: WorkerStart): Promise<void> {
  await answer(port, async () => {
    const machine = await openOnnx(compiled, init, settings);
    port.on('message', (request: Request) => void answer(port, () => perform(machine, request)));
    return undefined;
  });
}

if (parentPort !== null) await serve(parentPort, workerData as WorkerStart); // as `worker-machine.ts` starts it
