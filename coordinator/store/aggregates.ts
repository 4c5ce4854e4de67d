/** Published aggregates on disk, `aggregates/PLAN-ROUND.words`: words of 4 bytes little-endian, there whole or not at all. */
import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TransportError } from '#shared/errors';
import { diskError } from './disk-error.ts';
import { spent } from './garbage.ts';
import { flushFile } from './uploads.ts';

/** An aggregate as it is announced. */
export interface StoredAggregate {
  /** SHA-256 of its bytes. */
  readonly aggregateHash: Uint8Array;
  readonly byteLength: number;
}
export interface AggregateStore {
  /** Writes the pieces one after the other. @throws TransportError (diskFull, unavailable). */
  write(planId: number, round: number, pieces: AsyncIterable<Uint8Array>): Promise<StoredAggregate>;
  /** The bytes from `offset` on, in pieces of at most `pieceBytes`, each valid until the next is asked for. @throws TransportError (unavailable) if there are none. */
  read(planId: number, round: number, offset: number, pieceBytes: number): AsyncIterable<Uint8Array>;
}

/** The aggregates under a folder. */
export function aggregateStore(root: string): AggregateStore {
  const pathOf = (planId: number, round: number): string => join(root, `${planId}-${round}.words`);
  return {
    async write(planId, round, pieces) {
      const path = pathOf(planId, round);
      try {
        await mkdir(root, { recursive: true });
        const stored = await writePieces(`${path}.part`, pieces);
        await rename(`${path}.part`, path);
        await flushFile(dirname(path), root);
        return stored;
      } catch (error) {
        await rm(`${path}.part`, { force: true });
        throw diskError(error, root);
      }
    },
    async *read(planId, round, offset, pieceBytes) {
      const handle = await openAggregate(pathOf(planId, round), round);
      try {
        yield* readPieces(handle, offset, pieceBytes);
      } finally {
        await handle.close();
      }
    },
  };
}

async function writePieces(path: string, pieces: AsyncIterable<Uint8Array>): Promise<StoredAggregate> {
  const handle = await open(path, 'w', 0o600);
  const hash = createHash('sha256');
  let byteLength = 0;
  try {
    for await (const piece of pieces) {
      hash.update(piece);
      await handle.writeFile(piece);
      byteLength += piece.length;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { aggregateHash: new Uint8Array(hash.digest()), byteLength };
}

async function* readPieces(handle: FileHandle, offset: number, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = offset; ;) {
    const piece = new Uint8Array(pieceBytes);
    const { bytesRead } = await handle.read(piece, 0, pieceBytes, at);
    if (bytesRead === 0) return;
    yield piece.subarray(0, bytesRead);
    at += bytesRead;
    spent(bytesRead); // as grpc-js frames them
  }
}

async function openAggregate(path: string, round: number): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    throw new TransportError('unavailable', `round ${round} has no aggregate here`, { cause });
  }
}
