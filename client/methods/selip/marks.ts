/** A sentence as the marks that a code book finds in it, the longest phrase at each place. @module */
import type { CodeBook } from './code-book.ts';

/** What a phrase is there for. */
export type MarkKind =
  | 'site'
  | 'side'
  | 'sideAfter'
  | 'appearance'
  | 'signal'
  | 'sequence'
  | 'sequenceAfter'
  | 'negation'
  | 'denial'
  | 'contrast'
  | 'reference'
  | 'normal';

/** One phrase. */
export interface Mark {
  readonly kind: MarkKind;
  /** Several where a phrase names several sites. */
  readonly codes: readonly string[];
}

/** A code book made ready to be looked up. */
export interface PhraseIndex {
  readonly markOf: ReadonlyMap<string, Mark>;
  /** By their first character, the longest first. */
  readonly phrases: ReadonlyMap<string, readonly string[]>;
  readonly spaced: boolean;
}

/** The phrases of a book. Of a phrase under two kinds the one named first here counts. */
export function phraseIndex(book: CodeBook): PhraseIndex {
  const markOf = new Map<string, Mark>();
  const add = (kind: MarkKind, code: string, phrases: readonly string[]): void => {
    for (const phrase of phrases.map(normalised)) {
      const known = markOf.get(phrase);
      if (known === undefined) markOf.set(phrase, { kind, codes: [code] });
      else if (known.kind === kind) markOf.set(phrase, { kind, codes: [...known.codes, code] });
    }
  };
  const kinds: readonly (readonly [MarkKind, Readonly<Record<string, readonly string[]>>])[] = [
    ['normal', { normal: book.normal }],
    ['denial', { denial: book.denials }],
    ['negation', { negation: book.negations }],
    ['contrast', { contrast: book.contrasts }],
    ['reference', { reference: book.references }],
    ['sideAfter', book.sidesAfter],
    ['side', book.sides],
    ['sequenceAfter', book.sequencesAfter],
    ['sequence', book.sequences],
    ['signal', book.signals],
    ['site', book.sites],
    ['appearance', book.appearances],
  ];
  for (const [kind, coded] of kinds) for (const [code, phrases] of Object.entries(coded)) add(kind, code, phrases);
  const longestFirst = [...markOf.keys()].sort((a, b) => b.length - a.length);
  return { markOf, phrases: Map.groupBy(longestFirst, (phrase) => phrase.charAt(0)), spaced: book.spaced };
}

/** The sentences of a report; a point inside a number ends none. */
export function sentencesOf(report: string): readonly string[] {
  return report
    .split(/[.;!?](?=\s|$)|[。；！？\n]/u)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

/** The marks of a sentence in order; other words are passed over. */
export function marksOf(sentence: string, index: PhraseIndex): readonly Mark[] {
  const text = normalised(sentence);
  const marks: Mark[] = [];
  for (let from = 0; from < text.length;) {
    const to = phraseEnd(text, from, index);
    if (to === undefined) from++;
    else {
      marks.push(index.markOf.get(text.slice(from, to))!); // it is there: that is why it ends here
      from = to;
    }
  }
  return marks;
}

function phraseEnd(text: string, from: number, { phrases, spaced }: PhraseIndex): number | undefined {
  if (spaced && isInWord(text, from)) return undefined;
  const here = phrases.get(text.charAt(from))?.find((phrase) => {
    return text.startsWith(phrase, from) && !(spaced && isInWord(text, from + phrase.length));
  });
  return here === undefined ? undefined : from + here.length;
}

/** Whether the place is between two letters or digits. */
function isInWord(text: string, place: number): boolean {
  const isWord = (char: string): boolean => /[\p{L}\p{N}]/u.test(char);
  return place > 0 && place < text.length && isWord(text[place - 1]!) && isWord(text[place]!);
}

function normalised(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, ' ').trim();
}
