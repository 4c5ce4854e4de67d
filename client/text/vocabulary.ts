/**
 * A vocabulary is a public, versioned list of pieces, pinned in the plan by its hash. It is never built from the
 * hospitals' reports: which words a model knows would tell what was written.
 *
 * The list begins with padding, the class token and the word mark, then the 256 byte values, so that no word is lost;
 * then whole words, and `##` pieces that continue a word.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { frame, label } from '#shared/codec/frame';
import { toHex } from '#shared/util/bytes';

/** Pieces and their numbers. */
export interface Vocabulary {
  readonly name: string;
  readonly pieces: readonly string[];
  readonly idOf: ReadonlyMap<string, number>;
  /** SHA-256 of the framed name and pieces, 64 hex digits. */
  readonly hash: string;
}

/** The numbers of the pieces that every vocabulary has. */
export const padding = 0;
export const classToken = 1;
/** Stands before a word that is spelt in bytes. */
export const wordMark = 2;
/** The number of byte 0; the other bytes follow. */
export const firstByte = 3;

const reserved: readonly string[] = [
  '<pad>',
  '<class>',
  '<word>',
  ...Array.from({ length: 256 }, (_, byte) => `<${byte.toString(16).padStart(2, '0')}>`),
];

/** The vocabulary of these words and continuations, in this order, after the pieces that every one has. */
export function vocabularyOf(name: string, pieces: readonly string[]): Vocabulary {
  const all = [...reserved, ...pieces];
  const digest = createHash('sha256')
    .update(frame(label('vocabulary'), name, ...all))
    .digest();
  return { name, pieces: all, idOf: new Map(all.map((piece, id) => [piece, id])), hash: toHex(digest) };
}
