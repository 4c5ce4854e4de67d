/**
 * Where chunks are checked and added. Words are added in this thread; ciphertexts in a thread of their own, which is
 * thrown away after any failure of SEAL and after any time limit. The rest does not know which it is.
 */
import type { Crypto } from '#shared/crypto/types';
import { DependencyError, TransportError } from '#shared/errors';
import { chunkCheckOf, cipherOf } from '#shared/secagg/cipher/cipher-of';
import type { Mask, SumParameters } from '#shared/secagg/types';
import { uploadCut } from '#shared/secagg/upload-cut';
import { release } from '../store/garbage.ts';
import type { UploadPlace, UploadStore } from '../store/uploads.ts';
import { checkedLeaf, summedPart } from './chunk-tasks.ts';
import { SealThread } from './seal-thread.ts';

/** What is done with the chunks of one index. */
export interface ChunkWork {
  /** The leaf of a chunk in its upload's Merkle tree, or `undefined` if it is not well formed. */
  leaf(place: UploadPlace, index: number): Promise<Uint8Array | undefined>;
  /** The part of the aggregate that the chunks of this index give; `masks` are on their sum, with their signs. */
  sum(places: readonly UploadPlace[], index: number, masks: readonly Mask[]): Promise<Uint8Array>;
}

/**
 * The work of one plan. What is not well formed is told from what is without SEAL, so that nothing malformed reaches it,
 * and no site is blamed for a SEAL that fails.
 *
 * @throws DependencyError (encryptionFailed) from a sum in which SEAL failed twice; TransportError (journalDamaged) if a
 * chunk is not what it was when it was checked.
 */
export function chunkWork(crypto: Crypto, uploads: UploadStore, parameters: SumParameters): ChunkWork {
  const cut = uploadCut(parameters);
  const check = chunkCheckOf(parameters);
  return {
    leaf: async (place, index) => {
      const chunk = await uploads.read(place, index);
      const leaf = checkedLeaf(crypto, check, chunk, cut.wordsOf(index));
      release(chunk);
      return leaf;
    },
    sum: parameters.encryption === 'bgv' ? sumInThread(uploads, parameters) : sumHere(crypto, uploads, parameters),
  };
}

function sumHere(crypto: Crypto, uploads: UploadStore, parameters: SumParameters): ChunkWork['sum'] {
  const cut = uploadCut(parameters);
  const cipher = cipherOf({ crypto, parameters, bgv: null });
  return (places, index, masks) => {
    const part = { wordCount: cut.wordsOf(index), firstWord: cut.firstWordOf(index), masks };
    return summedPart(crypto, cipher, part, chunksOf(uploads, places, index));
  };
}

async function* chunksOf(
  uploads: UploadStore,
  places: readonly UploadPlace[],
  index: number,
): AsyncGenerator<Uint8Array> {
  for (const place of places) yield await uploads.read(place, index);
}

/** That of this program: starting one takes longer than adding the uploads of a few sites. */
const thread = new SealThread();

function sumInThread(uploads: UploadStore, parameters: SumParameters): ChunkWork['sum'] {
  const cut = uploadCut(parameters);
  return async (places, index, masks) => {
    const paths = places.map((place) => uploads.path(place, index));
    const part = { wordCount: cut.wordsOf(index), firstWord: cut.firstWordOf(index), masks };
    const outcome = await thread.run({ paths, ...part });
    if (outcome.kind === 'done') return outcome.bytes;
    if (outcome.kind === 'failed')
      throw new DependencyError('encryptionFailed', `SEAL could not add chunk ${index}: start the coordinator again`);
    throw new TransportError(
      'journalDamaged',
      `chunk ${index} of an upload has changed on this disk since its receipt`,
    );
  };
}
