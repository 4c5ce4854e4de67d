/** PyTorch beside us: a process that takes steps when it is asked to, so that both sides can take turns. */
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface TorchProcess {
  /** The milliseconds of each of so many steps. */
  step(count: number): Promise<readonly number[]>;
  stop(): void;
}

/** Whether `python3 -c 'import torch'` works. */
export function hasTorch(): boolean {
  return spawnSync('python3', ['-c', 'import torch'], { stdio: 'ignore' }).status === 0;
}

/** A model of torch-step.py. */
export function startTorch(model: string, threads: number): TorchProcess {
  const script = new URL('torch-step.py', import.meta.url).pathname;
  const child = spawn('python3', [script, model, String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    step: async (count) => {
      child.stdin.write(`${count}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`PyTorch ended before it answered (${model}, ${threads} threads)`);
      return JSON.parse(value) as number[];
    },
    stop: () => {
      child.stdin.end();
    },
  };
}
