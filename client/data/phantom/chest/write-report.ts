/**
 * The report of a case in a site's way of writing: a sentence for each finding and, more often than not, one true
 * negative, in random order.
 *
 * @module
 */
import { type Random, shuffled } from '../../random.ts';
import type { Style } from '../sites.ts';
import { wordsOf } from '../words.ts';
import { kinds } from './kinds.ts';
import type { Finding } from './types.ts';
import { type Wording, wordings } from './wordings.ts';

/** How often a report with findings also says what is not there. */
const negativeShare = 0.6;
/** How often a finding is said without its place, as in an impression. */
const placelessShare = 0.5;

/** The report, lower case, sentences ended by ` .` */
export function writeReport(findings: readonly Finding[], style: Style, random: Random): string {
  const wording = wordings[style];
  const said =
    findings.length === 0
      ? [wording.normals[random.integer(3)]!]
      : shuffled([...positives(findings, wording, random), ...negatives(findings, wording, random)], random);
  return [wording.opening, ...said.map((sentence) => `${sentence} .`)].filter((part) => part !== '').join(' ');
}

/** What a finding is called. */
function nameOf(kind: string, { names }: Wording): string {
  return names[kind] ?? kind;
}

function positives(findings: readonly Finding[], wording: Wording, random: Random): readonly string[] {
  return findings.map(({ kind, severity, side, zone }) => {
    const { place, graded } = kinds.get(kind)!; // a kind of the table
    const short = random.uniform() < 0.5 ? wording.shortSides : undefined;
    const told = random.uniform() < placelessShare ? 'none' : place;
    return filled(wording.templates[told][random.integer(2)]!, {
      severity: graded ? wording.severities[severity - 1]! : '', // 1 to 3
      name: nameOf(kind, wording),
      side: side === undefined ? '' : (short?.[side] ?? side),
      zone: zone ?? '',
    });
  });
}

function negatives(findings: readonly Finding[], wording: Wording, random: Random): readonly string[] {
  if (random.uniform() >= negativeShare) return [];
  const absent = [...kinds.keys()].filter((kind) => !findings.some((finding) => finding.kind === kind));
  const name = nameOf(absent[random.integer(absent.length)]!, wording);
  return [filled(wording.negative, { name })];
}

/** The template with its places filled in; nothing stands between two blanks. */
function filled(template: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts)
    .reduce((text, [part, value]) => text.replace(`{${part}}`, value), template)
    .replaceAll(/ +/g, ' ')
    .trim();
}

/** Every word that a report or a prompt may hold, in alphabetical order: public, for it comes from the lists alone. */
export function chestWords(): readonly string[] {
  return wordsOf(wordings, [...kinds.keys()], ['right', 'left', 'upper', 'middle', 'lower', '.']);
}
