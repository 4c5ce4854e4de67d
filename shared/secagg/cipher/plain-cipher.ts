/** `encryption: none`: masked words in m bits each on the wire, 4 bytes each in the aggregate. @module */
import { DecodeError } from '../../errors.ts';
import type { Cipher, ChunkSum, Opener } from './cipher.ts';
import { forBlocks, kernel } from '../kernel/kernel.ts';
import { reduceWords } from '../mask.ts';
import { addUnpacked, expectPacked, packWords } from '../wire-words.ts';

/** Words modulo 2^m as they are. */
export function plainCipher(modulusBits: number): Cipher {
  return {
    encryptor: () => ({ encrypt: (words) => packWords(words, modulusBits), dispose: nothing }),
    check: plainCheck(modulusBits),
    sum: (wordCount) => plainSum(wordCount, modulusBits),
    opener: plainOpener,
    dispose: nothing,
  };
}

/** The check of chunks of words of m bits. It throws DecodeError (wrongLength, nonCanonical). */
export function plainCheck(modulusBits: number): Cipher['check'] {
  return (chunk, wordCount) => {
    expectPacked(chunk, wordCount, modulusBits);
  };
}

/** A sum of words of m bits, modulo 2^m. */
function plainSum(wordCount: number, modulusBits: number): ChunkSum {
  const sum = new Uint32Array(wordCount);
  return {
    addInto: (chunk) => {
      addUnpacked(sum, chunk, modulusBits);
    },
    subtractMask: (words) => {
      subtractWords(sum, words);
    },
    bytes: () => {
      reduceWords(sum, modulusBits);
      return new Uint8Array(sum.buffer); // every platform is little-endian
    },
    dispose: nothing,
  };
}

/** Takes 4 bytes for every word. */
export function plainOpener(): Opener {
  return { open: wordsOfAggregate, dispose: nothing };
}

function wordsOfAggregate(bytes: Uint8Array, wordCount: number): Uint32Array {
  if (bytes.length !== 4 * wordCount)
    throw new DecodeError('wrongLength', `aggregate: expected ${4 * wordCount} bytes, got ${bytes.length}`);
  return new Uint32Array(new Uint8Array(bytes).buffer);
}

/** Wraps around at 2^32, which 2^m divides. */
function subtractWords(sum: Uint32Array, words: Uint32Array): void {
  forBlocks(sum.length, (from, count) => {
    const block = sum.subarray(from, from + count);
    kernel.words.set(block);
    kernel.stream.set(words.subarray(from, from + count));
    kernel.subtract(count);
    block.set(kernel.words.subarray(0, count));
  });
}

function nothing(): void {
  // holds only memory that the collector sees
}
