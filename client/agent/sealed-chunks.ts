/**
 * The vector x of a round on disk, sealed chunk by chunk under the round's vault, so that no more than a chunk of it need
 * be in memory. Its chunks are those of the upload; each is bound to its place and to their number.
 *
 * @module
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { UploadCut } from '#shared/secagg/upload-cut';
import { guard, refuseOthers, writeWholePieces } from './disk.ts';
import { sealingBytes } from './vault.ts';
import type { Vault } from './vault.ts';
import { bytesOf } from '#shared/util/bytes';

/** Stores the chunks of x, one after the other; the file is there whole or not at all. */
export function storeChunks(folder: string, vault: Vault, cut: UploadCut, chunks: Iterable<Uint32Array>): void {
  writeWholePieces(pathIn(folder), sealed(vault, cut, chunks));
}

/** The chunks of x in their order. MUST NOT leave this site unmasked. @throws TransportError (journalDamaged) */
export function* storedChunks(folder: string, vault: Vault, cut: UploadCut): Generator<Uint32Array> {
  const path = pathIn(folder);
  const file = guard(path, () => openSync(path, 'r'));
  try {
    refuseOthers(path);
    for (let index = 0; index < cut.chunkCount; index++) {
      const bytes = new Uint8Array(4 * cut.wordsOf(index) + sealingBytes);
      const from = 4 * cut.firstWordOf(index) + index * sealingBytes;
      const length = guard(path, () => readSync(file, bytes, 0, bytes.length, from));
      const opened = vault.unseal(nameOf(index, cut), bytes.subarray(0, length));
      yield new Uint32Array(new Uint8Array(opened).buffer);
    }
  } finally {
    closeSync(file);
  }
}

function* sealed(vault: Vault, cut: UploadCut, chunks: Iterable<Uint32Array>): Generator<Uint8Array> {
  let index = 0;
  for (const chunk of chunks) {
    yield vault.seal(nameOf(index, cut), bytesOf(chunk));
    index += 1;
  }
}

function pathIn(folder: string): string {
  return join(folder, 'contribution.sealed');
}

function nameOf(index: number, { chunkCount }: UploadCut): string {
  return `contribution ${index} of ${chunkCount}`;
}
