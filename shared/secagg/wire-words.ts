/**
 * Masked words as bytes: m bits each, little-endian, the first word in the lowest bits; 8 words take m bytes, so a chunk
 * of a multiple of 8 words stands alone. Source: proto/spec/secure-sum.md, section 5, phase 2.
 *
 * @module
 */
import { DecodeError } from '../errors.ts';

/** Bytes of `wordCount` words of m bits, the last byte filled up with zeros. */
export function packedLength(wordCount: number, modulusBits: number): number {
  return Math.ceil((wordCount * modulusBits) / 8);
}

/** The most words of m bits that a chunk of so many bytes holds, a multiple of 8. At least 8. */
export function wordsPerChunk(chunkBytes: number, modulusBits: number): number {
  return 8 * Math.max(1, Math.floor(chunkBytes / modulusBits));
}

/** The words, each below 2^m, in m bits each. 1 <= m <= 32. */
export function packWords(words: Uint32Array, modulusBits: number): Uint8Array {
  const bytes = new Uint8Array(packedLength(words.length, modulusBits));
  if (modulusBits === 32) {
    new Uint8Array(bytes.buffer).set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
  } else if (modulusBits % 8 === 0) packWholeBytes(words, modulusBits / 8, bytes);
  else packBits(words, modulusBits, bytes);
  return bytes;
}

/**
 * The `wordCount` words of m bits each that `bytes` holds.
 *
 * @throws DecodeError (wrongLength) if the bytes are more or fewer than that takes; (nonCanonical) if a bit after the
 * last word is set.
 */
export function unpackWords(bytes: Uint8Array, wordCount: number, modulusBits: number): Uint32Array {
  const length = packedLength(wordCount, modulusBits);
  if (bytes.length !== length) {
    throw new DecodeError('wrongLength', `${wordCount} words: expected ${length} bytes, got ${bytes.length}`);
  }
  expectZeroPadding(bytes, length * 8 - wordCount * modulusBits);
  if (modulusBits === 32) return new Uint32Array(new Uint8Array(bytes).buffer);
  const words = new Uint32Array(wordCount);
  if (modulusBits % 8 === 0) unpackWholeBytes(bytes, modulusBits / 8, words);
  else unpackBits(bytes, modulusBits, words);
  return words;
}

function expectZeroPadding(bytes: Uint8Array, padding: number): void {
  if (padding === 0 || bytes.at(-1)! >>> (8 - padding) === 0) return;
  throw new DecodeError('nonCanonical', 'a bit after the last word is set');
}

function packWholeBytes(words: Uint32Array, wordBytes: number, bytes: Uint8Array): void {
  for (let i = 0, at = 0; i < words.length; i++) {
    for (let shift = 0; shift < 8 * wordBytes; shift += 8) bytes[at++] = words[i]! >>> shift;
  }
}

function unpackWholeBytes(bytes: Uint8Array, wordBytes: number, words: Uint32Array): void {
  for (let i = 0, at = 0; i < words.length; i++) {
    let word = 0;
    for (let shift = 0; shift < 8 * wordBytes; shift += 8) word |= bytes[at++]! << shift;
    words[i] = word;
  }
}

/** Byte by byte: `filled` bits of the byte at `at` are taken; what a store cuts off of a word goes into the next byte. */
function packBits(words: Uint32Array, modulusBits: number, bytes: Uint8Array): void {
  let at = 0;
  let filled = 0;
  for (let word of words) {
    for (let rest = modulusBits; rest > 0;) {
      bytes[at]! |= word << filled;
      const taken = Math.min(8 - filled, rest);
      word >>>= taken;
      rest -= taken;
      filled = (filled + taken) & 7;
      if (filled === 0) at += 1;
    }
  }
}

/** The mirror of `packBits`. */
function unpackBits(bytes: Uint8Array, modulusBits: number, words: Uint32Array): void {
  let at = 0;
  let read = 0;
  for (let i = 0; i < words.length; i++) {
    let word = 0;
    for (let have = 0; have < modulusBits;) {
      const taken = Math.min(8 - read, modulusBits - have);
      word |= ((bytes[at]! >>> read) & ((1 << taken) - 1)) << have;
      have += taken;
      read = (read + taken) & 7;
      if (read === 0) at += 1;
    }
    words[i] = word;
  }
}
