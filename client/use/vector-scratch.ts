/**
 * Vectors that do not fit in memory, in a file that has no name: it goes with the program, also when that is killed.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { guard, readAt, writeAt } from '#client/agent/disk';
import { UsageError } from '#shared/errors';
import type { Vectors } from './vectors.ts';
import { bytesOf } from '#shared/util/bytes';

/** Vectors that grow. */
export interface VectorScratch extends Vectors {
  /** Adds rows. @throws UsageError (lengthMismatch) if they are not as long as those before */
  append(vectors: readonly Float32Array[]): void;
  close(): void;
}

/** Without vectors yet, on the disk of this folder. @throws TransportError (diskFull, unavailable) as the disk refuses */
export function openScratch(folder: string): VectorScratch {
  const path = join(folder, `vectors.${randomBytes(6).toString('hex')}.tmp`);
  const file = guard(path, () => openSync(path, 'wx+', 0o600));
  guard(path, () => {
    rmSync(path);
  });
  let dimensions = 0;
  let count = 0;
  let memory = new Float32Array(0); // kept from read to read
  return {
    get dimensions() {
      return dimensions;
    },
    get count() {
      return count;
    },
    append: (vectors) => {
      if (count === 0) dimensions = vectors[0]?.length ?? 0;
      const part = joined(vectors, dimensions);
      writeAt(file, path, bytesOf(part), 4 * count * dimensions);
      count += vectors.length;
    },
    read: (from, to) => {
      const length = (to - from) * dimensions;
      if (memory.length < length) memory = new Float32Array(length);
      const rows = memory.subarray(0, length);
      readAt(file, path, bytesOf(rows), 4 * from * dimensions);
      return rows;
    },
    close: () => {
      closeSync(file);
    },
  };
}

function joined(vectors: readonly Float32Array[], dimensions: number): Float32Array {
  const out = new Float32Array(vectors.length * dimensions);
  vectors.forEach((vector, i) => {
    if (vector.length !== dimensions)
      throw new UsageError('lengthMismatch', `expected vectors of ${dimensions} numbers, got ${vector.length}`);
    out.set(vector, i * dimensions);
  });
  return out;
}
