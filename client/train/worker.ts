/** The training thread: a session, and a loop that answers the trainer's calls one after the other. @module */
import { parentPort, workerData } from 'node:worker_threads';
import { InvariantError } from '#shared/errors';
import { unreachable } from '#shared/util/unreachable';
import { carried } from './carried-error.ts';
import type { Answer, Call } from './messages.ts';
import { openSession, type Session } from './session.ts';
import type { TrainerOptions } from './types.ts';

const port = parentPort;
if (port === null) throw new InvariantError('unreachable', 'the training worker runs in a thread');

const say = (answer: Answer, transfer: readonly ArrayBuffer[] = []): void => {
  port.postMessage(answer, [...transfer]);
};
const fail = (error: unknown): void => {
  say({ kind: 'failed', error: carried(error) });
};

/** The memory of vectors that nobody shares; an empty one has none worth moving. */
function transferable(...vectors: readonly Float32Array[]): readonly ArrayBuffer[] {
  return vectors.filter(({ length }) => length > 0).map(({ buffer }) => buffer as ArrayBuffer);
}

async function perform(session: Session, call: Call): Promise<void> {
  switch (call.kind) {
    case 'trainRound': {
      const value = await session.trainRound(call.start, call.round, call.evaluate);
      say({ kind: 'result', value }, transferable(value.delta, value.local)); // made by the session, not shared
      return;
    }
    case 'trainAlone': {
      const value = await session.trainAlone((progress) => {
        say({ kind: 'progress', value: progress });
      });
      say({ kind: 'result', value }, transferable(value.weights, value.local)); // likewise
      return;
    }
    case 'figures':
      say({ kind: 'result', value: session.figures(call.counts) });
      return;
    case 'evaluate':
      say({ kind: 'result', value: await session.evaluate(call.start, call.split) });
      return;
    case 'close':
      await session.dispose();
      say({ kind: 'result', value: null });
      port?.close();
      return;
    default:
      unreachable(call);
  }
}

try {
  const session = await openSession(workerData as TrainerOptions); // what `startTrainer` passes
  let last = Promise.resolve();
  port.on('message', (call: Call) => {
    last = last.then(() => perform(session, call)).catch(fail);
  });
  const { program, measures, data, engine } = session;
  say({ kind: 'opened', value: { program, measures, data, engine } });
} catch (error) {
  fail(error);
}
