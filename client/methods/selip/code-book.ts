/**
 * The words of a code book: which phrases of a language name a site, a side, an appearance or a signal, and which code
 * each has. A book is data, public and versioned; hospitals with one book have comparable lines whatever their style.
 *
 * @module
 */
import * as v from 'valibot';
import { UsageError } from '#shared/errors';

const phrases = v.array(v.pipe(v.string(), v.minLength(1)));
const coded = v.record(v.string(), phrases);

const codeBookSchema = v.strictObject({
  name: v.string(),
  /** Whether words stand apart, so that a phrase begins and ends where a word does. */
  spaced: v.boolean(),
  /** The one sentence that stands for every normal study. */
  normalSentence: v.string(),
  /** The site of what is said of none and has no home. */
  anywhere: v.string(),
  /** Where an appearance or a signal is when no site is named: an effusion in the pleura. */
  homes: v.optional(v.record(v.string(), v.string()), {}),
  /** Sites by code. A phrase under several codes names them all. */
  sites: coded,
  /** The codes of sites that have no side. */
  unpaired: v.array(v.string()),
  /** Sides by code, said before their sites ("left thalamus") and after ("thalamus on the left"). */
  sides: coded,
  sidesAfter: coded,
  /** Shape, extent, age and kind of what is seen, in the order in which they are written. */
  appearances: coded,
  /** The appearances that say how something looks and not what it is: alone they make no line. */
  modifiers: v.array(v.string()),
  /** The signal words that lines are sorted by. */
  signals: coded,
  /** Sequences by code, before a signal ("T2 hyperintense") and after it ("hyperintense on T2"). */
  sequences: coded,
  sequencesAfter: coded,
  /** The sequence that a signal word tells by itself. */
  signalSequences: v.optional(v.record(v.string(), v.string()), {}),
  /** What follows in the sentence is absent, up to a contrast ("but"). */
  negations: phrases,
  /** What was said in the sentence is absent. */
  denials: phrases,
  contrasts: phrases,
  /** A sentence that begins so goes on about the one before. */
  references: phrases,
  /** Say that nothing is there. */
  normal: phrases,
});

/** A code book as its file has it. */
export type CodeBook = v.InferOutput<typeof codeBookSchema>;

/** A code book from its file. @throws UsageError (badConfig) naming every problem at once */
export function parseCodeBook(input: unknown): CodeBook {
  const parsed = v.safeParse(codeBookSchema, input);
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`);
  throw new UsageError('badConfig', `the code book: ${problems.join('; ')}`);
}
