/**
 * The report of a study in a site's way of writing: a sentence for each finding with the signal that it has on each
 * sequence, and, more often than not, one true negative. The sites have words of their own for most things; the code
 * book of head MRI knows all of them, which is what makes the sites' reports comparable.
 *
 * @module
 */
import { type Random, shuffled } from '../../random.ts';
import { type Style } from '../sites.ts';
import { wordsOf } from '../words.ts';
import { kinds, signalOf } from './profiles.ts';
import type { Finding, Kind, Region, Sequence, Signal } from './types.ts';

/** A way of writing. Words are separated by blanks, so that a report is its words. */
interface Wording {
  readonly kinds: Readonly<Record<Kind, string>>;
  readonly regions: Readonly<Record<Region, string>>;
  readonly signals: Readonly<Record<Signal, string>>;
  /** Two templates: {kind}, {place} and {signals} are filled in. */
  readonly templates: readonly [string, string];
  /** A region with its side. */
  readonly sided: string;
  /** One signal on the sequences that have it. */
  readonly signal: string;
  readonly negative: string;
  readonly normals: readonly [string, string, string];
}

const wordings: Readonly<Record<Style, Wording>> = {
  north: {
    kinds: {
      infarct: 'territorial infarct',
      lacune: 'lacunar infarct',
      hemorrhage: 'hemorrhage',
      demyelination: 'demyelinating lesion',
      mass: 'mass',
      cyst: 'cyst',
    },
    regions: {
      'frontal lobe': 'frontal lobe',
      'parietal lobe': 'parietal lobe',
      'temporal lobe': 'temporal lobe',
      'occipital lobe': 'occipital lobe',
      'basal ganglia': 'basal ganglia',
      thalamus: 'thalamus',
      'corona radiata': 'corona radiata',
      cerebellum: 'cerebellar hemisphere',
      pons: 'pons',
    },
    signals: { hyperintense: 'hyperintense', hypointense: 'hypointense' },
    templates: [
      'there is a {kind} in the {place} which is {signals}',
      'a {kind} is seen in the {place} and is {signals}',
    ],
    sided: '{side} {region}',
    signal: '{signal} on {sequences}',
    negative: 'there is no {kind}',
    normals: [
      'the brain is normal',
      'no abnormal signal is seen in the brain',
      'there is no abnormality of the brain parenchyma',
    ],
  },
  south: {
    kinds: {
      infarct: 'infarct',
      lacune: 'lacune',
      hemorrhage: 'bleeding',
      demyelination: 'demyelination',
      mass: 'tumor',
      cyst: 'cyst',
    },
    regions: {
      'frontal lobe': 'frontal',
      'parietal lobe': 'parietal',
      'temporal lobe': 'temporal',
      'occipital lobe': 'occipital',
      'basal ganglia': 'lentiform nucleus',
      thalamus: 'thalamus',
      'corona radiata': 'corona radiata',
      cerebellum: 'cerebellum',
      pons: 'pons',
    },
    signals: { hyperintense: 'bright', hypointense: 'dark' },
    templates: ['{place} {kind} {signals}', '{kind} {place} {signals}'],
    sided: '{side} {region}',
    signal: '{signal} on {sequences}',
    negative: 'no {kind}',
    normals: ['normal', 'no abnormality', 'brain unremarkable'],
  },
  west: {
    kinds: {
      infarct: 'area of infarction',
      lacune: 'lacune',
      hemorrhage: 'hematoma',
      demyelination: 'demyelination',
      mass: 'neoplasm',
      cyst: 'cystic lesion',
    },
    regions: {
      'frontal lobe': 'frontal lobe',
      'parietal lobe': 'parietal lobe',
      'temporal lobe': 'temporal lobe',
      'occipital lobe': 'occipital lobe',
      'basal ganglia': 'basal ganglia',
      thalamus: 'thalamus',
      'corona radiata': 'corona radiata',
      cerebellum: 'cerebellum',
      pons: 'pons',
    },
    signals: { hyperintense: 'high signal', hypointense: 'low signal' },
    templates: ['{signals} in the {place} : {kind}', 'within the {place} {signals} as of {kind}'],
    sided: '{region} on the {side}',
    signal: '{sequences} {signal}',
    negative: 'no evidence of {kind}',
    normals: ['normal study', 'no abnormal signal', 'within normal limits'],
  },
};

/** How often a report with findings also says what is not there. */
const negativeShare = 0.5;

/** The report of a study with these sequences, lower case, sentences ended by ` .` */
export function writeReport(
  findings: readonly Finding[],
  sequences: readonly Sequence[],
  style: Style,
  random: Random,
): string {
  const wording = wordings[style];
  const sentences =
    findings.length === 0
      ? [wording.normals[random.integer(3)]!]
      : [
          ...shuffled(findings, random).map((finding) => sentenceOf(finding, sequences, wording, random)),
          ...negativeOf(findings, wording, random),
        ];
  return sentences.map((sentence) => `${sentence} .`).join(' ');
}

function negativeOf(findings: readonly Finding[], wording: Wording, random: Random): readonly string[] {
  if (random.uniform() >= negativeShare) return [];
  const absent = kinds.filter((kind) => !findings.some((finding) => finding.kind === kind));
  return [wording.negative.replace('{kind}', wording.kinds[absent[random.integer(absent.length)]!])];
}

function sentenceOf(finding: Finding, sequences: readonly Sequence[], wording: Wording, random: Random): string {
  return wording.templates[random.integer(2)]!.replace('{kind}', wording.kinds[finding.kind])
    .replace('{place}', placeOf(finding, wording))
    .replace('{signals}', signalsOf(finding, sequences, wording));
}

function placeOf({ region, side }: Finding, { regions, sided }: Wording): string {
  if (side === undefined) return regions[region];
  return sided.replace('{side}', side).replace('{region}', regions[region]);
}

/** Sequences with one signal are named together. */
function signalsOf({ kind }: Finding, sequences: readonly Sequence[], { signal, signals }: Wording): string {
  const bySignal = Map.groupBy(sequences, (sequence) => signalOf(kind, sequence));
  return [...bySignal]
    .map(([code, own]) =>
      signal.replace('{signal}', signals[code]).replace('{sequences}', own.join(' and ').toLowerCase()),
    )
    .join(' and ');
}

/**
 * Every word that a report of this phantom may hold, or its lines in the codes of head MRI, in alphabetical order: public,
 * for it comes from the lists above alone.
 */
export function headWords(): readonly string[] {
  return wordsOf(
    wordings,
    Object.values(wordings).flatMap(({ kinds, regions, signals }) => [kinds, regions, signals].flatMap(Object.keys)),
    ['right', 'left', 'and', 'dwi', 'adc', 't1', 't2', 'flair', '.', ':', 'at', 'shows', ','],
  );
}
