/** The vocabularies that a plan may name. A change of one is a new name. @module */
import { headWords } from '#client/data/phantom/head/write-report';
import { chestWords } from '#client/data/phantom/chest/write-report';
import { phantomWords } from '#client/data/phantom/radiograph/write-report';
import { tileWords } from '#client/data/phantom/tiles/write-report';
import { wideWords } from '#client/data/phantom/wide/write-report';
import { UsageError } from '#shared/errors';
import { learnPieces } from './learn-pieces.ts';
import { radiologyWords } from './radiology-words.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';

/** Merges learnt from the radiology words. */
const merges = 1200;

const makers: Readonly<Record<string, () => readonly string[]>> = {
  /** The words of the phantom's grammar. */
  'phantom-1': phantomWords,
  /** The words of the phantom `head`, and of its lines in the codes of head MRI. */
  'phantom-head-1': headWords,
  /** The words of the phantom `wide`. */
  'phantom-wide-1': wideWords,
  /** The words of the phantom `chest` and of its prompts. */
  'phantom-chest-1': chestWords,
  /** The words of the phantom `tiles`. */
  'phantom-tiles-1': tileWords,
  /** Words of English radiology reports, pieces of them for words that are not in the list, and bytes for the rest. */
  'radiology-en-1': () => [...new Set([...learnPieces(radiologyWords, merges), ...radiologyWords])],
};

const made = new Map<string, Vocabulary>();

/** The vocabulary of this name. @throws UsageError (badPlan) if there is none */
export function vocabularyNamed(name: string): Vocabulary {
  const known = made.get(name);
  if (known !== undefined) return known;
  const maker = Object.hasOwn(makers, name) ? makers[name] : undefined;
  if (maker === undefined) {
    const names = Object.keys(makers).join(', ');
    throw new UsageError('badPlan', `no vocabulary is called ${name}: this version has ${names}`);
  }
  const vocabulary = vocabularyOf(name, maker());
  made.set(name, vocabulary);
  return vocabulary;
}
