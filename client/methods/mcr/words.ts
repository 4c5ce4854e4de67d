/** Which tokens of a report are one word. @module */
import { classToken, firstByte, padding, type Vocabulary, wordMark } from '#client/text/vocabulary';

/** The positions of each word's pieces, padding and the class token left out. A word spelt in bytes begins with its mark. */
export function wordsOfTokens(ids: Int32Array, { pieces }: Vocabulary): readonly (readonly number[])[] {
  const words: number[][] = [];
  ids.forEach((id, position) => {
    if (id === padding || id === classToken) return;
    const last = words.at(-1);
    if (
      last !== undefined &&
      continues(
        id,
        last.map((at) => ids[at]!),
        pieces,
      )
    )
      last.push(position);
    else words.push([position]);
  });
  return words;
}

function continues(id: number, word: readonly number[], pieces: readonly string[]): boolean {
  const isByte = id >= firstByte && id < firstByte + 256;
  return isByte ? word[0] === wordMark : pieces[id]!.startsWith('##');
}
