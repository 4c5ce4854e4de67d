/** The masked words of one attempt as chunks on disk, so that the same bytes go out however often it is asked. @module */
import { readSync, openSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import type { Crypto } from '#shared/crypto/types';
import { leafHash, merkleAccumulator } from '#shared/log/merkle';
import type { UploadShape } from '#shared/secagg/context';
import type { SumParameters } from '#shared/secagg/types';
import { uploadCut } from '#shared/secagg/upload-cut';
import { packWords } from '#shared/secagg/wire-words';
import { writeWhole } from './disk.ts';
import { concatBytes } from '#shared/util/bytes';

/** Writes the chunks of masked words and flushes them; the shape that the commitment is over. */
export function writeUpload(path: string, masked: Uint32Array, parameters: SumParameters, crypto: Crypto): UploadShape {
  const cut = uploadCut(parameters);
  const tree = merkleAccumulator(crypto);
  const chunks: Uint8Array[] = [];
  for (let index = 0; index < cut.chunkCount; index++) {
    const from = cut.firstWordOf(index);
    const chunk = packWords(masked.subarray(from, from + cut.wordsOf(index)), parameters.modulusBits);
    tree.append(leafHash(crypto, chunk));
    chunks.push(chunk);
  }
  writeWhole(path, concatBytes(chunks));
  return { root: tree.root(), chunkCount: cut.chunkCount, byteLength: cut.byteLength };
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
