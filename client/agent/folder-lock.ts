/**
 * One agent for one folder: two would say two different things under the same keys. The lock is a file that names the
 * process; one that is gone, also by `kill -9`, holds nothing.
 *
 * @module
 */
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '#shared/errors';
import { guard } from './disk.ts';

/** Takes the lock; answers with what gives it back. @throws UsageError (badArgument) if an agent runs in this folder. */
export function lockFolder(dir: string): () => void {
  const path = join(dir, 'run.lock');
  if (!take(path)) {
    const holder = readFileSync(path, 'utf8');
    if (isAlive(holder)) {
      const [pid = ''] = holder.split(' ');
      throw new UsageError('badArgument', `an agent already runs in ${dir} (process ${pid}): stop it first`);
    }
    rmSync(path, { force: true });
    if (!take(path)) throw new UsageError('badArgument', `another agent is starting in ${dir}: stop one of the two`);
  }
  return () => {
    rmSync(path, { force: true });
  };
}

function take(path: string): boolean {
  try {
    const file = guard(path, () => openSync(path, 'wx', 0o600));
    writeSync(file, `${process.pid} ${startOf(process.pid)}`);
    fsyncSync(file);
    closeSync(file);
    return true;
  } catch (error) {
    if (
      error instanceof Error &&
      error.cause instanceof Error &&
      'code' in error.cause &&
      error.cause.code === 'EEXIST'
    )
      return false;
    throw error;
  }
}

/** Whether the process that wrote this is still the one under its number. */
function isAlive(holder: string): boolean {
  const [pid = 0, start = ''] = holder.split(' ').map((part, i) => (i === 0 ? Number(part) : part));
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false; // no such process, or another user's: not an agent of this folder
  }
  return startOf(pid) === start;
}

/** When a process began, as Linux counts it; the same for all elsewhere. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
