/**
 * Text to numbers: lower case, words and punctuation apart, every word the fewest longest pieces from the left, and
 * UTF-8 bytes where a word has a part that is in no piece.
 *
 * @module
 */
import { utf8 } from '#shared/util/bytes';
import { classToken, firstByte, padding, type Vocabulary, wordMark } from './vocabulary.ts';

/** A text of fixed length: the class token, the pieces, then padding. */
export interface Tokens {
  readonly ids: Int32Array;
  /** 1 where a piece stands, 0 where padding does. */
  readonly mask: Float32Array;
}

/** The first `length - 1` pieces of the text after the class token. What does not fit is left out. */
export function tokenize(text: string, vocabulary: Vocabulary, length: number): Tokens {
  const pieces = wordsOf(text).flatMap((word) => piecesOf(word, vocabulary));
  const ids = new Int32Array(length).fill(padding);
  const mask = new Float32Array(length);
  const kept = [classToken, ...pieces].slice(0, length);
  ids.set(kept);
  mask.fill(1, 0, kept.length);
  return { ids, mask };
}

/** Runs of letters, marks and digits, and every other visible character by itself. */
function wordsOf(text: string): readonly string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu) ?? []
  );
}

function piecesOf(word: string, vocabulary: Vocabulary): readonly number[] {
  const ids: number[] = [];
  for (let start = 0; start < word.length;) {
    const found = longest(word, start, vocabulary);
    if (found === undefined) return [wordMark, ...Array.from(utf8(word), (byte) => firstByte + byte)];
    ids.push(found.id);
    start = found.end;
  }
  return ids;
}

function longest(
  word: string,
  start: number,
  { idOf }: Vocabulary,
): { readonly id: number; readonly end: number } | undefined {
  for (let end = word.length; end > start; end--) {
    const piece = word.slice(start, end);
    const id = idOf.get(start === 0 ? piece : `##${piece}`);
    if (id !== undefined) return { id, end };
  }
  return undefined;
}
