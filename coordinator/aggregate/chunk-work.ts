/**
 * Where chunks are checked and added. Words are added in this thread; ciphertexts in a thread of their own, which is
 * thrown away after any failure of SEAL and after any time limit. The rest does not know which it is.
 */
import type { Crypto } from '#shared/crypto/types';
import { DependencyError } from '#shared/errors';
import { cipherOf } from '#shared/secagg/cipher-of';
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

/** The work of one plan. @throws DependencyError (encryptionFailed) from a sum in which SEAL failed twice. */
export function chunkWork(crypto: Crypto, uploads: UploadStore, parameters: SumParameters): ChunkWork {
  return parameters.encryption === 'bgv' ? workInThread(uploads, parameters) : workHere(crypto, uploads, parameters);
}

function workHere(crypto: Crypto, uploads: UploadStore, parameters: SumParameters): ChunkWork {
  const cut = uploadCut(parameters);
  const cipher = cipherOf({ crypto, parameters, bgv: null });
  return {
    leaf: async (place, index) => {
      const chunk = await uploads.read(place, index);
      const leaf = checkedLeaf(crypto, cipher, chunk, cut.wordsOf(index));
      release(chunk);
      return leaf;
    },
    sum: (places, index, masks) => {
      const part = { wordCount: cut.wordsOf(index), firstWord: cut.firstWordOf(index), masks };
      return summedPart(crypto, cipher, part, chunksOf(uploads, places, index));
    },
  };
}

async function* chunksOf(
  uploads: UploadStore,
  places: readonly UploadPlace[],
  index: number,
): AsyncGenerator<Uint8Array> {
  for (const place of places) yield await uploads.read(place, index);
}

/** A chunk that SEAL refuses twice, each time in a fresh thread, is not well formed: nothing else is in that thread. */
function workInThread(uploads: UploadStore, parameters: SumParameters): ChunkWork {
  const cut = uploadCut(parameters);
  const { encryption, modulusBits } = parameters;
  const thread = new SealThread({ encryption, modulusBits });
  return {
    leaf: async (place, index) => {
      const path = uploads.path(place, index);
      const outcome = await thread.run({ kind: 'leaf', path, wordCount: cut.wordsOf(index) });
      return outcome.kind === 'done' ? outcome.bytes : undefined;
    },
    sum: async (places, index, masks) => {
      const paths = places.map((place) => uploads.path(place, index));
      const part = { wordCount: cut.wordsOf(index), firstWord: cut.firstWordOf(index), masks };
      const outcome = await thread.run({ kind: 'sum', paths, ...part });
      if (outcome.kind === 'done') return outcome.bytes;
      throw new DependencyError('encryptionFailed', `SEAL could not add chunk ${index}: start the coordinator again`);
    },
  };
}
