/** The worker thread of a runner: it owns the session and the state, and answers one request after the other. @module */
import { parentPort } from 'node:worker_threads';
import type { MessagePort, Transferable } from 'node:worker_threads';
import { InvariantError } from '#shared/errors';
import { giveBack } from '../host-values.ts';
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

let machine: Promise<StateMachine> | undefined;

/** That of the start, which came first. */
async function started(): Promise<StateMachine> {
  return machine ?? Promise.reject(new InvariantError('unreachable', 'the engine was asked before it was started'));
}

/** Opens the machine and holds on to nothing of the start, which is as large as the state. */
async function open({ compiled, init, settings }: WorkerStart): Promise<StateMachine> {
  const opened = await openOnnx(compiled, init, settings);
  giveBack(init);
  return opened;
}

/** What came in a request is a copy, and nobody else's: it goes when it is used. */
async function perform(request: Request): Promise<Extract<Reply, { kind: 'done' }>['value']> {
  switch (request.kind) {
    case 'start':
      machine = open(request);
      await machine;
      return undefined;
    case 'steps': {
      const outputs = await (await started()).steps(request.batches);
      request.batches.forEach(giveBack);
      return outputs;
    }
    case 'read':
      return (await started()).read(request.names);
    case 'write':
      await (await started()).write(request.values);
      giveBack(request.values);
      return undefined;
    case 'dispose':
      await (await started()).dispose();
      return undefined;
  }
}

parentPort?.on('message', function (this: MessagePort, request: Request) {
  void answer(this, () => perform(request));
});
