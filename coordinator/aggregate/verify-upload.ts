/** Whether an upload on disk is what its commitment says: every chunk, their Merkle root, and every chunk well formed. */
import type { Crypto } from '#shared/crypto/types';
import { merkleAccumulator } from '#shared/log/merkle';
import type { SumParameters } from '#shared/secagg/types';
import { committedRoot } from '#shared/secagg/upload-check';
import { uploadCut } from '#shared/secagg/upload-cut';
import { equalBytes } from '#shared/util/bytes';
import type { UploadPlace, UploadStore } from '../store/uploads.ts';
import type { ChunkWork } from './chunk-work.ts';

/** What `verifyUpload` needs. */
export interface UploadCheck {
  readonly crypto: Crypto;
  readonly uploads: UploadStore;
  readonly work: ChunkWork;
  readonly parameters: SumParameters;
  readonly place: UploadPlace;
  /** F(root, chunkCount, byteLength, T2). */
  readonly commitment: Uint8Array;
}

/**
 * `incomplete` while chunks are missing; `complete` when all are there, flushed, and match; `mismatch` when they do not.
 * Reads one chunk at a time.
 */
export async function verifyUpload(check: UploadCheck): Promise<'incomplete' | 'complete' | 'mismatch'> {
  const { crypto, uploads, work, parameters, place } = check;
  const { chunkCount } = uploadCut(parameters);
  if ((await uploads.present(place)).length < chunkCount) return 'incomplete';
  const tree = merkleAccumulator(crypto);
  for (let index = 0; index < chunkCount; index++) {
    const leaf = await work.leaf(place, index);
    if (leaf === undefined) return 'mismatch';
    tree.append(leaf);
  }
  if (!equalBytes(tree.root(), committedRoot(check.commitment))) return 'mismatch';
  await uploads.flush(place, chunkCount);
  return 'complete';
}
