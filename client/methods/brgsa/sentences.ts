/**
 * The texts that BrgSA trains on and asks with: single statements of a report instead of the whole, and one positive
 * prompt for a class.
 *
 * Source: BrgSA (arXiv 2501.03565) and its released code: a random merge of up to five summarised sentences, and the
 * prompt "There is X". Deviation: the paper lets a language model rewrite reports; `extractiveSummariser` takes the
 * report's own sentences, and a hospital's own model can take its place (`summariser-command.ts`).
 *
 * @module
 */
import { type Random, shuffled } from '#client/data/random';
import type { CodeBook } from '../selip/code-book.ts';
import { marksOf, phraseIndex, sentencesOf } from '../selip/marks.ts';
import type { Summariser } from '../types.ts';

/** The sentences of a report that name something to be seen, present or absent, each once and in order. */
export function extractiveSummariser(book: CodeBook): Summariser {
  const index = phraseIndex(book);
  const says = (sentence: string): boolean =>
    marksOf(sentence, index).some(({ kind }) => kind === 'appearance' || kind === 'signal' || kind === 'normal');
  return (reports) => Promise.resolve(reports.map((report) => [...new Set(sentencesOf(report))].filter(says)));
}

/** The text of one training example: up to `most` statements in random order. Empty without statements. */
export function mergedStatements(statements: readonly string[], most: number, random: Random): string {
  const count = 1 + random.integer(Math.max(1, Math.min(most, statements.length)));
  return shuffled(statements, random)
    .slice(0, count)
    .map((statement) => `${statement}.`)
    .join(' ');
}

/** The prompt of a class; there is no negative one. */
export function positivePrompt(finding: string): string {
  return `There is ${finding}`;
}
