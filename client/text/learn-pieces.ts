/**
 * Pieces of words learnt from a public word list by byte-pair encoding over letters: the most frequent neighbours are
 * merged until there are enough. Ties go to the first in the order of code units, so that every machine learns the same.
 *
 * Source: Sennrich, Haddow & Birch, "Neural machine translation of rare words with subword units" (ACL 2016), section 3.2.
 *
 * @module
 */

/** Every letter that occurs, at the beginning and (`##`) inside of words, then up to `merges` merged pieces. */
export function learnPieces(words: readonly string[], merges: number): readonly string[] {
  const spellings = words.map((word) => Array.from(word, (letter, i) => (i === 0 ? letter : `##${letter}`)));
  const letters = [...new Set(words.flatMap((word) => Array.from(word)))].sort();
  const pieces = new Set(letters.flatMap((letter) => [letter, `##${letter}`]));
  for (let i = 0; i < merges; i++) {
    const pair = mostFrequentPair(spellings);
    if (pair === undefined) break;
    pieces.add(joined(pair));
    for (const spelling of spellings) mergeIn(spelling, pair);
  }
  return [...pieces];
}

type PiecePair = readonly [string, string];

function joined([left, right]: PiecePair): string {
  return left + right.slice(2);
}

function mostFrequentPair(spellings: readonly (readonly string[])[]): PiecePair | undefined {
  const counts = new Map<string, number>();
  for (const spelling of spellings) {
    for (let i = 1; i < spelling.length; i++) {
      const key = `${spelling[i - 1]!} ${spelling[i]!}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  let best: string | undefined;
  for (const [key, count] of counts) {
    const held = best === undefined ? 1 : (counts.get(best) ?? 1);
    // A pair that occurs once is not worth a piece.
    if (count > held || (count === held && best !== undefined && key < best)) best = key;
  }
  const [left, right] = best?.split(' ') ?? [];
  return left === undefined || right === undefined ? undefined : [left, right];
}

function mergeIn(spelling: string[], [left, right]: PiecePair): void {
  for (let i = 0; i + 1 < spelling.length; i++) {
    if (spelling[i] === left && spelling[i + 1] === right) spelling.splice(i, 2, joined([left, right]));
  }
}
