/**
 * The report of a wide case: every finding is said twice, in the findings and again, in other words, in the conclusion, so
 * that a quarter of the words can go and the facts remain. Sites differ in word order, openings and abbreviations.
 *
 * @module
 */
import { type Random, shuffled } from '../../random.ts';
import type { Side } from '../radiograph/types.ts';
import type { Style } from '../sites.ts';
import { wordsOf } from '../words.ts';
import { kinds, places } from './draw-case.ts';
import type { Finding, Kind, Place } from './types.ts';

/** How a statement is put for each place: {severity}, {name}, {side} and {half} are filled in. */
type Templates = Readonly<Record<Place, string>>;

/** A way of writing. Words are separated by blanks, so that a report is its words. */
interface Wording {
  /** Before the findings and before the conclusion. */
  readonly openings: readonly [string, string];
  /** For severities 1 to 4. */
  readonly severities: readonly string[];
  /** Of the findings, one of two. */
  readonly first: readonly [Templates, Templates];
  /** Of the conclusion. */
  readonly again: Templates;
  readonly negative: string;
  readonly normals: readonly [string, string, string];
  /** Half of the sides are written like this, where given. */
  readonly shortSides?: Readonly<Record<Side, string>>;
}

/** What a kind is called in the findings and in the conclusion. */
const names: Readonly<Record<Kind, readonly [string, string]>> = {
  veil: ['ground glass veil', 'veil'],
  consolidation: ['consolidation', 'consolidation'],
  effusion: ['pleural effusion', 'effusion'],
  pneumothorax: ['pneumothorax', 'pneumothorax'],
  bands: ['linear scarring', 'scarring'],
  cardiomegaly: ['cardiomegaly', 'cardiomegaly'],
  interstitial: ['interstitial change', 'interstitial change'],
  emphysema: ['emphysema', 'emphysema'],
  oedema: ['central oedema', 'oedema'],
};

const wordings: Readonly<Record<Style, Wording>> = {
  north: {
    openings: ['', 'in summary'],
    severities: ['minimal', 'mild', 'moderate', 'severe'],
    first: [
      {
        half: 'there is {severity} {name} in the {half} half of the {side} lung',
        side: 'there is {severity} {name} on the {side}',
        both: 'there is {severity} {name} in both lungs',
        heart: 'there is {severity} {name}',
      },
      {
        half: '{severity} {name} is seen in the {half} half of the {side} lung',
        side: '{severity} {name} is seen on the {side}',
        both: '{severity} {name} is seen in both lungs',
        heart: '{severity} {name} is seen',
      },
    ],
    again: {
      half: '{severity} {side} {half} {name}',
      side: '{severity} {side} {name}',
      both: '{severity} {name}',
      heart: '{severity} {name}',
    },
    negative: 'there is no {name}',
    normals: [
      'the lungs are clear and the heart is normal',
      'there is no abnormality',
      'no abnormality is seen in the chest',
    ],
  },
  south: {
    openings: ['', 'imp :'],
    severities: ['minimal', 'mild', 'mod', 'severe'],
    first: [
      { half: '{severity} {name} {side} {half}', side: '{severity} {name} {side}', both: '{severity} {name}', heart: '{severity} {name}' }, // prettier-ignore
      { half: '{name} {side} {half} {severity}', side: '{name} {side} {severity}', both: '{name} {severity}', heart: '{name} {severity}' }, // prettier-ignore
    ],
    again: { half: '{side} {half} {name} {severity}', side: '{side} {name} {severity}', both: '{name} {severity}', heart: '{name} {severity}' }, // prettier-ignore
    negative: 'no {name}',
    normals: ['nad', 'lungs clear', 'normal chest'],
    shortSides: { right: 'r', left: 'l' },
  },
  west: {
    openings: ['findings :', 'impression :'],
    severities: ['subtle', 'mild', 'moderate', 'severe'],
    first: [
      {
        half: 'in the {side} lung , {half} half , {severity} {name}',
        side: 'in the {side} lung {severity} {name}',
        both: 'in both lungs {severity} {name}',
        heart: '{severity} {name}',
      },
      {
        half: '{side} lung , {half} half : {severity} {name}',
        side: '{side} lung : {severity} {name}',
        both: 'both lungs : {severity} {name}',
        heart: 'heart : {severity} {name}',
      },
    ],
    again: {
      half: '{name} of the {side} lung , {half} , {severity}',
      side: '{name} of the {side} lung , {severity}',
      both: '{name} , {severity}',
      heart: '{name} , {severity}',
    },
    negative: 'no sign of {name}',
    normals: ['normal study', 'no finding', 'clear lungs and normal heart'],
  },
};

/** How often a report with findings also says what is not there. */
const negativeShare = 0.5;

/** The report, lower case, sentences ended by ` .` */
export function writeReport(findings: readonly Finding[], style: Style, random: Random): string {
  const wording = wordings[style];
  const [opening, conclusion] = wording.openings;
  if (findings.length === 0) return joined([opening, `${wording.normals[random.integer(3)]!} .`]);
  const first = shuffled(findings, random).map((finding) => {
    const templates = wording.first[random.integer(2)]!;
    return sentenceOf(finding, names[finding.kind][0], templates, wording, random);
  });
  const again = shuffled(findings, random).map((finding) =>
    sentenceOf(finding, names[finding.kind][1], wording.again, wording, random),
  );
  return joined([opening, ...first, ...negativeOf(findings, wording, random), conclusion, ...again]);
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}

function negativeOf(findings: readonly Finding[], wording: Wording, random: Random): readonly string[] {
  if (random.uniform() >= negativeShare) return [];
  const absent = kinds.filter((kind) => !findings.some((finding) => finding.kind === kind));
  const [name] = names[absent[random.integer(absent.length)]!];
  return [`${wording.negative.replace('{name}', name)} .`];
}

function sentenceOf(
  { kind, severity, side, half }: Finding,
  name: string,
  templates: Templates,
  wording: Wording,
  random: Random,
): string {
  const short = random.uniform() < 0.5 ? wording.shortSides : undefined;
  const sentence = templates[places[kind]]
    .replace('{severity}', wording.severities[severity - 1]!)
    .replace('{name}', name)
    .replace('{side}', side === undefined ? '' : (short?.[side] ?? side))
    .replace('{half}', half ?? '');
  return `${sentence} .`;
}

/** Every word that a report of this phantom may hold, in alphabetical order: public, from the lists above alone. */
export function wideWords(): readonly string[] {
  return wordsOf(wordings, names, ['right', 'left', 'upper', 'lower', '.']);
}
