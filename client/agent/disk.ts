/**
 * Files of a site: whole or not there, readable by their owner alone. What the disk refuses becomes one clear line.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { TransportError, UsageError } from '#shared/errors';

/** Linux reads and writes 2 GiB at once at most. */
const mostAtOnce = 2 ** 30;

/** Bits of a mode that let anybody but the owner in. */
const others = 0o077;

/** Makes a folder, and those above it, that only its owner can enter. */
export function makePrivateFolder(path: string): void {
  guard(path, () => mkdirSync(path, { recursive: true, mode: 0o700 }));
}

/** Writes a file that is there whole or not at all: a neighbour first, flushed, then renamed over it. */
export function writeWhole(path: string, bytes: Uint8Array | string): void {
  writeWholePieces(path, [typeof bytes === 'string' ? Buffer.from(bytes) : bytes]);
}

/** As `writeWhole`, piece after piece: one is written before the next is asked for. */
export function writeWholePieces(path: string, pieces: Iterable<Uint8Array>): void {
  const neighbour = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  guard(path, () => {
    const file = openSync(neighbour, 'wx', 0o600);
    try {
      for (const piece of pieces) writeAll(file, piece);
      fsyncSync(file);
      closeSync(file);
      renameSync(neighbour, path);
    } catch (error) {
      rmSync(neighbour, { force: true });
      throw error;
    }
    flushFolder(dirname(path));
  });
}

/** Appends bytes and flushes them; when the disk refuses, the file is as long as before. */
export function appendWhole(file: number, path: string, bytes: Uint8Array): void {
  guard(path, () => {
    const length = fstatSync(file).size;
    try {
      writeAll(file, bytes);
      fsyncSync(file);
    } catch (error) {
      ftruncateSync(file, length);
      throw error;
    }
  });
}

/** Writes bytes at their place in an open file; they are flushed by nobody. */
export function writeAt(file: number, path: string, bytes: Uint8Array, position: number): void {
  guard(path, () => {
    writeAll(file, bytes, position);
  });
}

/** Fills `bytes` from `position` of an open file on; how many there were. A read may give only a part at a time. */
export function readAt(file: number, path: string, bytes: Uint8Array, position: number): number {
  return guard(path, () => {
    let at = 0;
    for (let read = -1; read !== 0 && at < bytes.length; at += read) {
      read = readSync(file, bytes, at, Math.min(bytes.length - at, mostAtOnce), position + at);
    }
    return at;
  });
}

/** The bytes of a private file, or `undefined` if there is none. @throws UsageError (badConfig) if others may read it. */
export function readPrivate(path: string): Uint8Array | undefined {
  if (!isThere(path)) return undefined;
  refuseOthers(path);
  return new Uint8Array(readFileSync(path)); // a plain array: slices of a Buffer are views
}

/** @throws UsageError (badConfig) if anybody but the owner may read, write or enter `path`. */
export function refuseOthers(path: string): void {
  const mode = statSync(path).mode & 0o777;
  if ((mode & others) === 0) return;
  const wanted = (mode & 0o700).toString(8);
  throw new UsageError(
    'badConfig',
    `${path} is open to other users (mode ${mode.toString(8)}): run chmod ${wanted} ${path}`,
  );
}

/** Whether there is something at `path`. */
export function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Overwrites a file with zeros, flushes and removes it; nothing happens where there is none. */
export function destroyFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  guard(path, () => {
    const file = openSync(path, 'r+');
    try {
      writeAll(file, new Uint8Array(found.size), 0);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    rmSync(path);
    flushFolder(dirname(path));
  });
}

/** Makes the names in a folder outlive a crash. */
export function flushFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Runs `work`; what the disk refuses becomes a TransportError (diskFull), or (unavailable) with the system's own code. */
export function guard<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw diskError(path, cause);
  }
}

function diskError(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('syscall' in cause) || !('code' in cause)) return cause;
  const code = String(cause.code);
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code))
    return new TransportError(
      'diskFull',
      `no space to write ${path} (${code}): make space on this disk and start again`,
      { cause },
    );
  return new TransportError(
    'unavailable',
    `cannot write ${path} (${code}): check the disk and the owner of the folder`,
    { cause },
  );
}

/** A write may take only a part, and the next one then says why. */
function writeAll(file: number, bytes: Uint8Array, position?: number): void {
  for (let at = 0; at < bytes.length;) {
    at += writeSync(
      file,
      bytes,
      at,
      Math.min(bytes.length - at, mostAtOnce),
      position === undefined ? null : position + at,
    );
  }
}
