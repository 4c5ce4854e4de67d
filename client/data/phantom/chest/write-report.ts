/**
 * The report of a case in a site's way of writing: a sentence for each finding in random order and one or two true
 * negatives, so that no bag of words tells what is there.
 *
 * @module
 */
import { type Random, shuffled } from '../../random.ts';
import type { Style } from '../sites.ts';
import { kinds } from './kinds.ts';
import type { Finding } from './types.ts';
import { type Wording, wordings } from './wordings.ts';

/** The greatest number of things that a report denies. */
const mostNegatives = 2;

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
    return filled(wording.templates[place][random.integer(2)]!, {
      severity: graded ? wording.severities[severity - 1]! : '', // 1 to 3
      name: nameOf(kind, wording),
      side: side === undefined ? '' : (short?.[side] ?? side),
      zone: zone ?? '',
    });
  });
}

function negatives(findings: readonly Finding[], wording: Wording, random: Random): readonly string[] {
  const absent = [...kinds.keys()].filter((kind) => !findings.some((finding) => finding.kind === kind));
  return shuffled(absent, random)
    .slice(0, 1 + random.integer(mostNegatives))
    .map((kind) => filled(wording.negative, { name: nameOf(kind, wording) }));
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
  const texts = Object.values(wordings).flatMap((wording) => [
    wording.opening,
    ...wording.severities,
    ...Object.values(wording.names),
    ...Object.values(wording.templates).flat(),
    wording.negative,
    ...wording.normals,
    ...Object.values(wording.shortSides ?? {}),
  ]);
  const words = [...texts, ...kinds.keys()].flatMap((text) => text.split(' ')).filter((word) => /^[a-z:]+$/.test(word));
  return [...new Set([...words, 'right', 'left', 'upper', 'middle', 'lower', '.'])].sort();
}
