/** `encryption: bgv`: a ciphertext for every 4096 words, the last one of a chunk filled up with zeros. @module */
import type { Bgv, BgvKey } from '../../crypto/bgv.ts';
import {
  bgvCiphertextCount,
  bgvDegree,
  bgvSumBytes,
  bgvUploadBytes,
  expectUploadCiphertext,
} from '../../crypto/bgv-format.ts';
import { DecodeError, InvariantError } from '../../errors.ts';
import { concatBytes } from '../../util/bytes.ts';
import type { ChunkSum, Cipher, Opener } from './cipher.ts';

/** Ciphertexts of `bgv`, which is disposed with the cipher. */
export function bgvCipher(bgv: Bgv): Cipher {
  return {
    encryptor: ({ dataKey }) => {
      const key = keyOf(bgv, dataKey);
      return {
        encrypt: (words) => concatBytes(parts(words, bgvDegree).map((part) => key.encrypt(part))),
        dispose: () => {
          key.dispose();
        },
      };
    },
    check: checkBgvChunk,
    sum: (wordCount) => bgvSum(bgv, wordCount),
    opener: ({ dataKey }) => bgvOpener(keyOf(bgv, dataKey)),
    dispose: () => {
      bgv.dispose();
    },
  };
}

/** Needs neither SEAL nor a key: what passes here, SEAL loads. @throws DecodeError (wrongLength, badFormat, outOfRange) */
export function checkBgvChunk(chunk: Uint8Array, wordCount: number): void {
  for (const ciphertext of ciphertextsOf(chunk, wordCount, bgvUploadBytes)) expectUploadCiphertext(ciphertext);
}

function bgvSum(bgv: Bgv, wordCount: number): ChunkSum {
  const sums = Array.from({ length: bgvCiphertextCount(wordCount) }, () => bgv.sum());
  return {
    addInto: (chunk) => {
      const ciphertexts = ciphertextsOf(chunk, wordCount, bgvUploadBytes);
      for (const [i, sum] of sums.entries()) sum.addInto(ciphertexts[i]!); // as many as there are sums
    },
    subtractMask: (words) => {
      for (const [i, part] of parts(words, bgvDegree).entries()) sums[i]!.subtract(part); // as many as there are sums
    },
    bytes: () => concatBytes(sums.map((sum) => sum.bytes())),
    dispose: () => {
      for (const sum of sums) sum.dispose();
    },
  };
}

function bgvOpener(key: BgvKey): Opener {
  return {
    open: (bytes, wordCount) => {
      const words = new Uint32Array(wordCount);
      for (const [i, ciphertext] of ciphertextsOf(bytes, wordCount, bgvSumBytes).entries()) {
        const opened = key.open(ciphertext);
        const from = i * bgvDegree;
        words.set(opened.subarray(0, wordCount - from), from);
        if (opened.subarray(wordCount - from).some((word) => word !== 0))
          throw new DecodeError('nonCanonical', 'aggregate: something stands after its last word');
      }
      return words;
    },
    dispose: () => {
      key.dispose();
    },
  };
}

function keyOf(bgv: Bgv, dataKey: Uint8Array | null): BgvKey {
  if (dataKey !== null) return bgv.key(dataKey);
  throw new InvariantError('unreachable', 'the plan says bgv, and this site was given no data key');
}

/** The ciphertexts of so many words. @throws DecodeError (wrongLength) if the bytes are others. */
function ciphertextsOf(bytes: Uint8Array, wordCount: number, each: number): readonly Uint8Array[] {
  const expected = each * bgvCiphertextCount(wordCount);
  if (bytes.length === expected) return parts(bytes, each);
  throw new DecodeError('wrongLength', `${wordCount} words: expected ${expected} bytes, got ${bytes.length}`);
}

/** Views of an array, `length` elements each but the last. */
function parts<T extends Uint8Array | Uint32Array>(array: T, length: number): readonly T[] {
  const count = Math.ceil(array.length / length);
  return Array.from({ length: count }, (_, i) => array.subarray(i * length, (i + 1) * length) as T);
}
