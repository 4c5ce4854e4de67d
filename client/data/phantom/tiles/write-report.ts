/**
 * A pathology-like report of a tissue: the three scores, the grade, and sometimes what else is there, in the words
 * of one of three authors.
 *
 * @module
 */
import { type Random, shuffled } from '../../random.ts';
import { wordsOf } from '../words.ts';
import { gradeIndex } from './classes.ts';
import type { Tissue } from './types.ts';

/** One author's way of saying each thing; words are separated by blanks. */
interface Wording {
  readonly tubules: Readonly<Record<Tissue['tubules'], string>>;
  readonly nuclei: Readonly<Record<Tissue['nuclei'], string>>;
  readonly necrosis: Readonly<Record<Tissue['necrosis'], string>>;
  readonly stroma: Readonly<Record<Tissue['stroma'], string>>;
  /** What is there, and what is not. */
  readonly lymphocytes: readonly [string, string];
  /** In the order of `tileClasses`. */
  readonly grades: readonly [string, string, string];
}

const wordings: readonly Wording[] = [
  {
    tubules: { 1: 'glands throughout', 2: 'glands in part', 3: 'solid sheets without glands' },
    nuclei: { 1: 'nuclei small and uniform', 2: 'nuclei enlarged', 3: 'nuclei large and pleomorphic' },
    necrosis: { 1: 'no necrosis', 2: 'focal necrosis', 3: 'extensive necrosis' },
    stroma: { loose: 'loose stroma', dense: 'dense stroma', mucinous: 'mucinous stroma' },
    lymphocytes: ['many lymphocytes', 'few lymphocytes'],
    grades: ['well differentiated', 'moderately differentiated', 'poorly differentiated'],
  },
  {
    tubules: { 1: 'tubule formation complete', 2: 'tubule formation partial', 3: 'tubule formation absent' },
    nuclei: { 1: 'nuclear atypia mild', 2: 'nuclear atypia moderate', 3: 'nuclear atypia marked' },
    necrosis: { 1: 'necrosis absent', 2: 'necrosis below half', 3: 'necrosis above half' },
    stroma: { loose: 'edematous loose stroma', dense: 'fibrous dense stroma', mucinous: 'pools of mucin' },
    lymphocytes: ['brisk lymphocytes', 'scant lymphocytes'],
    grades: ['low grade', 'intermediate grade', 'high grade'],
  },
  {
    tubules: { 1: 'tubular', 2: 'partly tubular', 3: 'solid' },
    nuclei: { 1: 'small nuclei', 2: 'enlarged nuclei', 3: 'large pleomorphic nuclei' },
    necrosis: { 1: 'viable', 2: 'partly necrotic', 3: 'mostly necrotic' },
    stroma: { loose: 'loose', dense: 'fibrous', mucinous: 'mucinous' },
    lymphocytes: ['inflamed', 'not inflamed'],
    grades: ['grade one', 'grade two', 'grade three'],
  },
];

/** How often a report says each thing that does not decide the grade. */
const said = 0.3;

/** The report, lower case, sentences ended by ` .` */
export function writeReport(tissue: Tissue, random: Random): string {
  const wording = wordings[random.integer(wordings.length)]!;
  const scored = [wording.tubules[tissue.tubules], wording.nuclei[tissue.nuclei], wording.necrosis[tissue.necrosis]];
  const more = [wording.stroma[tissue.stroma], wording.lymphocytes[tissue.lymphocytes ? 0 : 1]].filter(
    () => random.uniform() < said,
  );
  const grade = wording.grades[gradeIndex(tissue)]!; // one for each grade
  const sentences = [...shuffled([...scored, ...more], random), grade];
  return sentences.map((sentence) => `${sentence} .`).join(' ');
}

/** Every word that a report of this phantom may hold, in alphabetical order: public, for it comes from the lists above. */
export function tileWords(): readonly string[] {
  return wordsOf(wordings, ['.']);
}
