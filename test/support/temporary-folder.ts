/** A folder for one test. @module */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs `use` with a new empty folder and removes it, whatever happens. */
export async function inTemporaryFolder<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'consilium-'));
  try {
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}
