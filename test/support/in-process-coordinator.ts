/** A coordinator inside the test's own process, over real ports, with a clock that the test moves. @module */
import { readFileSync } from 'node:fs';
import { foundFolder, folderPaths, readOperator } from '#coordinator/identity/folder';
import type { Clock } from '#coordinator/round/clock';
import type { Notice } from '#coordinator/round/consortium';
import { serve } from '#coordinator/rpc/serve';
import type { RunningCoordinator } from '#coordinator/rpc/serve';
import { defaultSettings } from '#coordinator/store/settings';
import { nodeCrypto } from '#shared/crypto/node';
import type { ConsiliumError } from '#shared/errors';
import { inTemporaryFolder } from './temporary-folder.ts';

/** Time that stands still until it is moved, and wakes whoever waits for it then. */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly #waiting = new Set<{ readonly atMs: number; readonly wake: () => void }>();

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  at(atMs: number, wake: () => void): () => void {
    const entry = { atMs, wake };
    this.#waiting.add(entry);
    return () => this.#waiting.delete(entry);
  }

  /** Lets this much time pass; wakes in the order of the moments. */
  pass(ms: number): void {
    this.#nowMs += ms;
    const due = [...this.#waiting].filter(({ atMs }) => atMs <= this.#nowMs).sort((a, b) => a.atMs - b.atMs);
    for (const entry of due) if (this.#waiting.delete(entry)) entry.wake();
  }
}

/** What a test sees of its coordinator. */
export interface TestCoordinator {
  readonly dir: string;
  readonly running: RunningCoordinator;
  readonly clock: ManualClock;
  readonly authorityPem: string;
  readonly operator: { readonly keyPem: string; readonly certificatePem: string };
  readonly notices: readonly Notice[];
  readonly errors: readonly unknown[];
}

/** Runs `use` with a new consortium's coordinator, and stops it. Its clock begins at the machine's time, for TLS. */
export async function withCoordinator(use: (coordinator: TestCoordinator) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (parent) => {
    const dir = `${parent}/coordinator`;
    const nowMs = Math.floor(performance.timeOrigin + performance.now());
    const settings = { ...defaultSettings, name: 'Test', listen: '127.0.0.1', hosts: [], port: 0, enrolmentPort: 0 };
    await foundFolder(dir, settings, nowMs);
    const clock = new ManualClock(nowMs);
    const notices: Notice[] = [];
    const errors: unknown[] = [];
    const running = await serve({
      dir,
      crypto: nodeCrypto,
      clock,
      notice: (notice) => notices.push(notice),
      onError: (error) => errors.push(error),
    });
    try {
      const authorityPem = readFileSync(folderPaths(dir).authority, 'utf8');
      await use({ dir, running, clock, authorityPem, operator: readOperator(dir), notices, errors });
    } finally {
      running.stop();
      await running.stopped;
    }
  });
}

/** Whether an error carries this code at the end of its sentence, as a peer sees it. */
export function said(code: ConsiliumError['code']): (error: unknown) => boolean {
  return (error) => error instanceof Error && error.message.includes(`[${code}]`);
}
