/** The process that trains the columns beside the federation, from outside. */
import { join } from 'node:path';
import type { Asked, Said } from './baselines-process.ts';
import type { Baselines } from './baselines.ts';
import { beginProcess, RunError } from './programs.ts';

/** Training under way in a process of its own. */
export interface Beside {
  /** @throws RunError (programFailed) */
  readonly baselines: Promise<Baselines>;
  stop(): void;
}

/** Begins; `say` hears what ended. */
export function trainBeside(asked: Asked, say: (line: string) => void): Beside {
  const child = beginProcess(join(import.meta.dirname, 'baselines-process.ts'));
  const result = Promise.withResolvers<Baselines>();
  const fail = (why: string): void => {
    result.reject(new RunError('programFailed', `the models beside the federation were not trained: ${why}`));
  };
  child.on('message', (message) => {
    const said = message as Said; // of scripts/start/baselines-process.ts
    if (said.kind === 'line') say(said.text);
    else if (said.kind === 'failed') fail(said.why);
    else result.resolve(said.baselines);
  });
  child.once('close', (code) => {
    fail(`the process ended with exit code ${code}`); // nothing happens if it had said all
  });
  child.send(asked);
  result.promise.catch(() => undefined); // whoever waits for it hears of it, maybe later
  return {
    baselines: result.promise,
    stop: () => {
      if (child.connected) child.disconnect();
    },
  };
}
