/** The upload of one attempt as chunks on disk, so that the same bytes go out however often it is asked. @module */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Crypto } from '#shared/crypto/types';
import { leafHash, merkleAccumulator } from '#shared/log/merkle';
import type { UploadShape } from '#shared/secagg/context';
import type { SumParameters } from '#shared/secagg/types';
import { uploadCut } from '#shared/secagg/upload-cut';
import { writeWholePieces } from './disk.ts';

/** Writes the chunks, one after the other, and flushes them; the shape that the commitment is over. */
export function writeUpload(path: string, chunks: Iterable<Uint8Array>, crypto: Crypto): UploadShape {
  const tree = merkleAccumulator(crypto);
  let chunkCount = 0;
  let byteLength = 0;
  writeWholePieces(path, counted());
  return { root: tree.root(), chunkCount, byteLength };

  function* counted(): Generator<Uint8Array> {
    for (const chunk of chunks) {
      tree.append(leafHash(crypto, chunk));
      chunkCount += 1;
      byteLength += chunk.length;
      yield chunk;
    }
  }
}

/** Chunk `index` of an upload on disk. */
export function readChunk(path: string, index: number, parameters: SumParameters): Uint8Array {
  const cut = uploadCut(parameters);
  const from = cut.byteOffsetOf(index);
  const chunk = new Uint8Array(cut.bytesOf(index));
  const file = openSync(path, 'r');
  try {
    readSync(file, chunk, 0, chunk.length, from);
    return chunk;
  } finally {
    closeSync(file);
  }
}

/** Where the upload of an attempt lies in its round's folder. */
export function uploadPath(folder: string, attempt: number): string {
  return join(folder, `upload-${attempt}.bin`);
}
