/**
 * Chunks of uploads on disk, one file each, under `uploads/PLAN/ROUND/ATTEMPT/SITE/`. A chunk is there whole or not at
 * all: it is written beside its place and linked to it. One that is there is not written again, so that what was checked
 * stays as it is. It counts once `complete` has read all of them back and flushed them.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TransportError } from '#shared/errors';
import type { SiteId } from '#shared/util/ids';
import { diskError } from './disk-error.ts';
import { spent } from './garbage.ts';

/** Where one upload lies. */
export interface UploadPlace {
  readonly planId: number;
  readonly round: number;
  readonly attempt: number;
  readonly site: SiteId;
}
export interface UploadStore {
  /** Indices of the chunks that are there, ascending. */
  present(place: UploadPlace): Promise<readonly number[]>;
  /** @throws TransportError (diskFull, unavailable). */
  write(place: UploadPlace, index: number, data: Uint8Array): Promise<void>;
  /** @throws TransportError (journalDamaged) if the chunk is not there. */
  read(place: UploadPlace, index: number): Promise<Uint8Array>;
  /** Where a chunk lies, for a thread that reads it itself. */
  path(place: UploadPlace, index: number): string;
  /** Flushes the first `count` chunks and their names to the disk. */
  flush(place: UploadPlace, count: number): Promise<void>;
  delete(place: UploadPlace): Promise<void>;
  deleteRound(planId: number, round: number): Promise<void>;
}

/** The uploads under a folder. */
export function uploadStore(root: string): UploadStore {
  const roundFolder = (planId: number, round: number): string => join(root, String(planId), String(round));
  const folder = ({ planId, round, attempt, site }: UploadPlace): string =>
    join(roundFolder(planId, round), String(attempt), site);
  return {
    async present(place) {
      const names = await readdir(folder(place)).catch(none);
      return names.flatMap((name) => chunkIndex(name) ?? []).sort((a, b) => a - b);
    },
    async write(place, index, data) {
      const path = join(folder(place), chunkName(index));
      const part = `${path}.${randomBytes(4).toString('hex')}.part`; // of its own, for two streams may bring one chunk
      try {
        await mkdir(folder(place), { recursive: true });
        await writeFile(part, data);
        await link(part, path).catch(unlessThere);
        spent(data.length);
      } catch (error) {
        throw diskError(error, root);
      } finally {
        await rm(part, { force: true });
      }
    },
    async read(place, index) {
      try {
        return await readFile(join(folder(place), chunkName(index)));
      } catch (cause) {
        const message = `${root}: chunk ${index} of the upload of ${place.site} in round ${place.round} is gone`;
        throw new TransportError('journalDamaged', message, { cause });
      }
    },
    path: (place, index) => join(folder(place), chunkName(index)),
    async flush(place, count) {
      for (let index = 0; index < count; index++) await flushFile(join(folder(place), chunkName(index)), root);
      await flushFile(folder(place), root);
    },
    delete: (place) => rm(folder(place), whole),
    deleteRound: (planId, round) => rm(roundFolder(planId, round), whole),
  };
}

/** A folder and all in it; again if a chunk comes in meanwhile, for a stream may bring one still. */
const whole = { recursive: true, force: true, maxRetries: 10, retryDelay: 20 } as const;

/** Flushes one file or folder. @throws TransportError (diskFull, unavailable). */
export async function flushFile(path: string, where: string): Promise<void> {
  try {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw diskError(error, where);
  }
}

function chunkName(index: number): string {
  return `${String(index).padStart(6, '0')}.chunk`;
}

function chunkIndex(name: string): number | undefined {
  return name.endsWith('.chunk') ? Number.parseInt(name, 10) : undefined;
}

function none(error: unknown): readonly string[] {
  if ((error as { code?: unknown }).code === 'ENOENT') return [];
  throw error;
}

function unlessThere(error: unknown): void {
  if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
}
