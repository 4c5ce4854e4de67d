/** What is done with chunks, one chunk of the vector at a time: in this thread, or in one of its own. */
import type { Crypto } from '#shared/crypto/types';
import { DecodeError } from '#shared/errors';
import { leafHash } from '#shared/log/merkle';
import type { Cipher } from '#shared/secagg/cipher/cipher';
import { maskAdder } from '#shared/secagg/mask';
import { blockWords } from '#shared/secagg/kernel/plain-kernel';
import type { Mask } from '#shared/secagg/types';
import { release, spent } from '../store/garbage.ts';

/** A part of the vector, and the masks that are on the sum of its chunks, with their signs. */
export interface SummedPart {
  readonly wordCount: number;
  readonly firstWord: number;
  readonly masks: readonly Mask[];
}

/** The leaf of a chunk in its upload's Merkle tree, or `undefined` if it is not well formed. */
export function checkedLeaf(
  crypto: Crypto,
  check: Cipher['check'],
  chunk: Uint8Array,
  wordCount: number,
): Uint8Array | undefined {
  try {
    check(chunk, wordCount);
    return leafHash(crypto, chunk);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** The sum of the chunks, each released when it is added, with the masks off: a part of the aggregate. */
export async function summedPart(
  crypto: Crypto,
  cipher: Cipher,
  { wordCount, firstWord, masks }: SummedPart,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Uint8Array> {
  const sum = cipher.sum(wordCount);
  try {
    for await (const chunk of chunks) {
      sum.addInto(chunk);
      release(chunk);
    }
    const mask = maskWords(crypto, masks, wordCount, firstWord);
    sum.subtractMask(mask);
    release(mask);
    return sum.bytes();
  } finally {
    sum.dispose();
  }
}

/** Every keystream is made of buffers that are used once, as many as there are sites. */
function maskWords(crypto: Crypto, masks: readonly Mask[], wordCount: number, firstWord: number): Uint32Array {
  const words = new Uint32Array(wordCount);
  const addMasks = maskAdder(crypto, masks, firstWord); // making a cipher costs as much as a block of its keystream
  for (let from = 0; from < words.length; from += blockWords) {
    const block = words.subarray(from, from + blockWords);
    addMasks(block);
    spent(masks.length * block.byteLength);
  }
  return words;
}
