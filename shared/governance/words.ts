/**
 * The roster's hash as words that two people can compare over a telephone. Twelve of 2,048, because whoever composes a
 * roster can search for two with the same words, and for six words that takes 2^33 tries (secure-sum, section 4).
 *
 * @module
 */
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { UsageError } from '../errors.ts';

const wordCount = 12;
const bitsPerWord = 11;

/** The first 132 bits of a 32-byte hash, 11 bits a word, most significant first, from the English list of BIP 39. */
export function hashWords(hash: Uint8Array): readonly string[] {
  if (hash.length !== 32) throw new UsageError('badArgument', `words: expected a hash of 32 bytes, got ${hash.length}`);
  const bits = Array.from(hash, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return Array.from({ length: wordCount }, (_, i) => {
    const index = Number.parseInt(bits.slice(i * bitsPerWord, (i + 1) * bitsPerWord), 2);
    return wordlist[index]!; // The list has 2^11 words.
  });
}
