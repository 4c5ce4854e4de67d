/**
 * A program that kills itself with SIGKILL at an entry of its journal: it is started with `--import` of the module that
 * watches its journal and with the crashes in its environment. Every one happens once: a crash leaves a file behind it.
 *
 * @module
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** `before`: nothing, or a part, of the entry is written; `after`: it is written and flushed, and nothing was done for it. */
export type Moment = 'before' | 'after';

/** A round and the number of an entry of its journal, both from 1. */
export interface CrashPoint {
  readonly round: number;
  readonly entry: number;
  readonly moment: Moment;
}

const variable = 'CONSILIUM_TEST_CRASHES';

/** Where the program leaves what has happened, and the crashes that shall. */
interface Crashes {
  readonly folder: string;
  readonly points: readonly CrashPoint[];
}

/** What `spawn` is given so that the program crashes there. */
export function crashing(journal: 'coordinator' | 'site', crashes: Crashes) {
  const module = pathToFileURL(join(import.meta.dirname, `${journal}-journal.ts`)).href;
  return { execArgv: ['--import', module], env: { ...process.env, [variable]: JSON.stringify(crashes) } };
}

/** Whether this crash has happened. */
export function hasHappened(folder: string, point: CrashPoint): boolean {
  return existsSync(markOf(folder, point));
}

/** In the program: whether it is to crash here, for the first time. */
export function isDue(point: CrashPoint): boolean {
  const crashes = JSON.parse(process.env[variable] ?? '{"folder":"","points":[]}') as Crashes; // of `crashing`
  const isListed = crashes.points.some(
    ({ round, entry, moment }) => round === point.round && entry === point.entry && moment === point.moment,
  );
  return isListed && !hasHappened(crashes.folder, point);
}

/** In the program: ends it at once, and says that it did. */
export function crash(point: CrashPoint): void {
  const { folder } = JSON.parse(process.env[variable] ?? '') as Crashes; // it is due
  writeFileSync(markOf(folder, point), '');
  process.kill(process.pid, 'SIGKILL');
}

function markOf(folder: string, { round, entry, moment }: CrashPoint): string {
  return join(folder, `${String(round)}-${String(entry)}-${moment}`);
}
