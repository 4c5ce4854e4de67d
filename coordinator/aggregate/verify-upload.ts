/** Whether an upload on disk is what its commitment says: every chunk, their Merkle root, and no bit out of place. */
import type { Crypto } from '#shared/crypto/types';
import { DecodeError } from '#shared/errors';
import { leafHash, merkleAccumulator } from '#shared/log/merkle';
import { equalBytes } from '#shared/util/bytes';
import type { SumParameters } from '#shared/secagg/types';
import { uploadCut } from '#shared/secagg/upload-cut';
import { unpackWords } from '#shared/secagg/wire-words';
import { release } from '../store/garbage.ts';
import type { UploadPlace, UploadStore } from '../store/uploads.ts';

/** What `verifyUpload` needs. */
export interface UploadCheck {
  readonly crypto: Crypto;
  readonly uploads: UploadStore;
  readonly parameters: SumParameters;
  readonly place: UploadPlace;
  /** F(root, chunkCount, byteLength, T1). */
  readonly commitment: Uint8Array;
}

/**
 * `incomplete` while chunks are missing; `complete` when all are there, flushed, and match; `mismatch` when they do not.
 * Reads one chunk at a time.
 */
export async function verifyUpload(check: UploadCheck): Promise<'incomplete' | 'complete' | 'mismatch'> {
  const { crypto, uploads, parameters, place } = check;
  const { chunkCount } = uploadCut(parameters);
  if ((await uploads.present(place)).length < chunkCount) return 'incomplete';
  const tree = merkleAccumulator(crypto);
  for (let index = 0; index < chunkCount; index++) {
    const chunk = await uploads.read(place, index);
    if (!isWellFormed(chunk, index, parameters)) return 'mismatch';
    tree.append(leafHash(crypto, chunk));
    release(chunk);
  }
  if (!equalBytes(tree.root(), committedRoot(check.commitment))) return 'mismatch';
  await uploads.flush(place, chunkCount);
  return 'complete';
}

/** The root is the first part of the frame. */
function committedRoot(commitment: Uint8Array): Uint8Array {
  return commitment.subarray(4, 36);
}

function isWellFormed(chunk: Uint8Array, index: number, parameters: SumParameters): boolean {
  try {
    const words = unpackWords(chunk, uploadCut(parameters).wordsOf(index), parameters.modulusBits);
    release(words);
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}
