/**
 * The report of a case in a site's way of writing: a sentence for each finding in random order and, more often than
 * not, one true negative. Severity words and nearly all finding names are shared between the sites; how much they share
 * is the strongest knob on what federation gains.
 *
 * @module
 */
import { type Random, shuffled } from '../../random.ts';
import { kinds, places } from './profiles.ts';
import type { Style } from '../sites.ts';
import { wordsOf } from '../words.ts';
import type { Finding, Kind, Side } from './types.ts';

/** A way of writing. Words are separated by blanks, so that a report is its words. */
interface Wording {
  /** What every report begins with. */
  readonly opening: string;
  /** For severities 1 to 4. */
  readonly severities: readonly string[];
  readonly names: Readonly<Record<Kind, string>>;
  /** Two templates for each place: {severity}, {name}, {side} and {zone} are filled in. */
  readonly templates: Readonly<Record<'zone' | 'side' | 'none' | 'device', readonly [string, string]>>;
  readonly negative: string;
  readonly normals: readonly [string, string, string];
  /** Half of the sides are written like this, where given. */
  readonly shortSides?: Readonly<Record<Side, string>>;
}

const wordings: Readonly<Record<Style, Wording>> = {
  north: {
    opening: '',
    severities: ['minimal', 'mild', 'moderate', 'severe'],
    names: {
      nodule: 'pulmonary nodule',
      opacity: 'airspace opacity',
      atelectasis: 'atelectasis',
      effusion: 'pleural effusion',
      pneumothorax: 'pneumothorax',
      cardiomegaly: 'cardiomegaly',
      interstitial: 'interstitial change',
      device: 'pacemaker',
    },
    templates: {
      zone: [
        'there is a {severity} {name} in the {side} {zone} zone',
        'a {severity} {name} is seen in the {side} {zone} zone',
      ],
      side: ['there is a {severity} {name} on the {side}', 'a {severity} {name} is seen on the {side}'],
      none: ['there is {severity} {name}', '{severity} {name} is seen'],
      device: ['there is a {name} on the {side}', 'a {name} is seen on the {side}'],
    },
    negative: 'there is no {name}',
    normals: [
      'the lungs are clear and the heart is normal',
      'there is no acute abnormality',
      'no abnormality is seen in the chest',
    ],
  },
  south: {
    opening: '',
    severities: ['minimal', 'mild', 'mod', 'severe'],
    names: {
      nodule: 'nodule',
      opacity: 'opacity',
      atelectasis: 'atelectasis',
      effusion: 'effusion',
      pneumothorax: 'ptx',
      cardiomegaly: 'cardiomegaly',
      interstitial: 'interstitial change',
      device: 'pacemaker',
    },
    templates: {
      zone: ['{severity} {name} {side} {zone}', '{name} {side} {zone} {severity}'],
      side: ['{severity} {name} {side}', '{name} {side} {severity}'],
      none: ['{severity} {name}', '{name} {severity}'],
      device: ['{name} {side}', '{side} {name}'],
    },
    negative: 'no {name}',
    normals: ['nad', 'lungs clear', 'normal chest'],
    shortSides: { right: 'r', left: 'l' },
  },
  west: {
    opening: 'impression :',
    severities: ['subtle', 'mild', 'moderate', 'severe'],
    names: {
      nodule: 'round nodule',
      opacity: 'opacity',
      atelectasis: 'atelectasis',
      effusion: 'fluid effusion',
      pneumothorax: 'pneumothorax',
      cardiomegaly: 'cardiomegaly',
      interstitial: 'interstitial change',
      device: 'pacemaker',
    },
    templates: {
      zone: [
        'in the {zone} field of the {side} lung a {severity} {name}',
        '{zone} field of the {side} lung : {severity} {name}',
      ],
      side: ['on the {side} a {severity} {name}', '{side} : {severity} {name}'],
      none: ['overall {severity} {name}', 'in both lungs and heart : {severity} {name}'],
      device: ['on the {side} a {name}', '{side} : {name}'],
    },
    negative: 'no sign of {name}',
    normals: ['normal study', 'no finding', 'clear lungs and normal heart'],
  },
};

/** How often a report with findings also says what is not there. */
const negativeShare = 0.6;

/** The report, lower case, sentences ended by ` .` */
export function writeReport(findings: readonly Finding[], style: Style, random: Random): string {
  const wording = wordings[style];
  const sentences =
    findings.length === 0 ? [wording.normals[random.integer(3)]!] : sentencesOf(findings, wording, random);
  return [wording.opening, ...sentences.map((sentence) => `${sentence} .`)].filter((part) => part !== '').join(' ');
}

function sentencesOf(findings: readonly Finding[], wording: Wording, random: Random): readonly string[] {
  const positives = shuffled(findings, random).map((finding) => sentenceOf(finding, wording, random));
  if (random.uniform() >= negativeShare) return positives;
  const absent = kinds.filter((kind) => !findings.some((finding) => finding.kind === kind));
  const name = wording.names[absent[random.integer(absent.length)]!];
  return [...positives, wording.negative.replace('{name}', name)];
}

function sentenceOf({ kind, severity, side, zone }: Finding, wording: Wording, random: Random): string {
  const template = wording.templates[kind === 'device' ? 'device' : places[kind]][random.integer(2)]!;
  const short = random.uniform() < 0.5 ? wording.shortSides : undefined;
  return template
    .replace('{severity}', wording.severities[severity - 1]!)
    .replace('{name}', wording.names[kind])
    .replace('{side}', side === undefined ? '' : (short?.[side] ?? side))
    .replace('{zone}', zone ?? '');
}

/** Every word that a phantom report may hold, in alphabetical order: public, for it comes from the lists above alone. */
export function phantomWords(): readonly string[] {
  return wordsOf(wordings, ['right', 'left', 'upper', 'middle', 'lower', '.']);
}
