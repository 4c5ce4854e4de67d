/**
 * The sum of the uploads of U3 with the masks off, piece by piece: one chunk of every upload at a time, so that memory
 * depends neither on the number of sites nor on the length of the vector. Source: secure-sum, sections 5 and 8.
 */
import type { Crypto } from '#shared/crypto/types';
import { addMasks, oppositeMasks, reduceWords } from '#shared/secagg/mask';
import type { Mask, SumParameters } from '#shared/secagg/types';
import { uploadCut } from '#shared/secagg/upload-cut';
import { unpackWords } from '#shared/secagg/wire-words';
import type { SiteId } from '#shared/util/ids';
import { release, spent } from '../store/garbage.ts';
import type { UploadStore } from '../store/uploads.ts';

/** A multiple of 4, as keystreams ask for. */
const blockWords = 16_384;

/** Whose uploads are added, and which masks are on their sum. */
export interface SumRequest {
  readonly planId: number;
  readonly round: number;
  readonly attempt: number;
  readonly u3: readonly SiteId[];
  /** With the signs that they have in the sum. */
  readonly masks: readonly Mask[];
}

/** `Σ_{i in U3} y_i − Σ masks mod 2^m`, as words of 4 bytes little-endian, one piece for each chunk. */
export async function* sumUploads(
  crypto: Crypto,
  uploads: UploadStore,
  parameters: SumParameters,
  request: SumRequest,
): AsyncGenerator<Uint8Array> {
  const cut = uploadCut(parameters);
  const { modulusBits } = parameters;
  const masks = oppositeMasks(request.masks);
  for (let index = 0; index < cut.chunkCount; index++) {
    const sum = new Uint32Array(cut.wordsOf(index));
    for (const site of request.u3) {
      const chunk = await uploads.read({ ...request, site }, index);
      const words = unpackWords(chunk, sum.length, modulusBits);
      addWords(sum, words);
      release(words);
      release(chunk);
    }
    addInBlocks(crypto, sum, masks, cut.firstWordOf(index));
    reduceWords(sum, modulusBits);
    yield new Uint8Array(sum.buffer); // every platform of Node 24 is little-endian
  }
}

/** Every keystream is made of buffers that are used once, as many as there are sites. */
function addInBlocks(crypto: Crypto, sum: Uint32Array, masks: readonly Mask[], firstWord: number): void {
  for (let from = 0; from < sum.length; from += blockWords) {
    const block = sum.subarray(from, from + blockWords);
    addMasks(crypto, block, masks, firstWord + from);
    spent(masks.length * block.byteLength);
  }
}

/** Wraps around at 2^32, which 2^m divides. Signed views: a value above 2^31 leaves the engine's integers. */
function addWords(sum: Uint32Array, words: Uint32Array): void {
  const a = new Int32Array(sum.buffer);
  const b = new Int32Array(words.buffer, words.byteOffset, words.length);
  for (let i = 0; i < a.length; i++) a[i] = (a[i]! + b[i]!) | 0;
}
