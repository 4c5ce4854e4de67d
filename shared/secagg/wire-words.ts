/**
 * Masked words as bytes: m bits each, little-endian, the first word in the lowest bits; 8 words take m bytes, so a chunk
 * of a multiple of 8 words stands alone. Source: proto/spec/secure-sum.md, section 5, phase 2.
 *
 * @module
 */
import { DecodeError } from '../errors.ts';
import { forBlocks, kernel } from './kernel/kernel.ts';

/** Bytes of `wordCount` words of m bits, the last byte filled up with zeros. */
export function packedLength(wordCount: number, modulusBits: number): number {
  return Math.ceil((wordCount * modulusBits) / 8);
}

/** The most words of m bits that a chunk of so many bytes holds, a multiple of 8. At least 8. */
export function wordsPerChunk(chunkBytes: number, modulusBits: number): number {
  return 8 * Math.max(1, Math.floor(chunkBytes / modulusBits));
}

/** The low m bits of each word. 1 <= m <= 32. */
export function packWords(words: Uint32Array, modulusBits: number): Uint8Array {
  if (modulusBits === 32) return new Uint8Array(words.slice().buffer); // every platform is little-endian
  const bytes = new Uint8Array(packedLength(words.length, modulusBits));
  forBlocks(words.length, (from, count) => {
    kernel.words.set(words.subarray(from, from + count));
    kernel.pack(count, modulusBits);
    bytes.set(kernel.packed.subarray(0, packedLength(count, modulusBits)), packedLength(from, modulusBits));
  });
  return bytes;
}

/**
 * The `wordCount` words of m bits each that `bytes` holds.
 *
 * @throws DecodeError (wrongLength) if the bytes are more or fewer than that takes; (nonCanonical) if a bit after the
 * last word is set.
 */
export function unpackWords(bytes: Uint8Array, wordCount: number, modulusBits: number): Uint32Array {
  const words = new Uint32Array(wordCount);
  addUnpacked(words, bytes, modulusBits);
  return words;
}

/**
 * Adds the words that `bytes` holds, as many as `sum` has and m bits each, to `sum`, modulo 2^32.
 *
 * @throws as `unpackWords`, and then nothing is added.
 */
export function addUnpacked(sum: Uint32Array, bytes: Uint8Array, modulusBits: number): void {
  expectPacked(bytes, sum.length, modulusBits);
  forBlocks(sum.length, (from, count) => {
    const block = sum.subarray(from, from + count);
    kernel.words.set(block);
    const first = packedLength(from, modulusBits);
    kernel.packed.set(bytes.subarray(first, first + packedLength(count, modulusBits)));
    if (modulusBits === 32) kernel.add(count);
    else kernel.addPacked(count, modulusBits);
    block.set(kernel.words.subarray(0, count));
  });
}

/**
 * Whether `bytes` can be so many words of m bits: what a receiver checks before it says that it has them.
 *
 * @throws as `unpackWords`.
 */
export function expectPacked(bytes: Uint8Array, wordCount: number, modulusBits: number): void {
  const length = packedLength(wordCount, modulusBits);
  if (bytes.length !== length) {
    throw new DecodeError('wrongLength', `${wordCount} words: expected ${length} bytes, got ${bytes.length}`);
  }
  const padding = length * 8 - wordCount * modulusBits;
  if (padding === 0 || bytes.at(-1)! >>> (8 - padding) === 0) return;
  throw new DecodeError('nonCanonical', 'a bit after the last word is set');
}
