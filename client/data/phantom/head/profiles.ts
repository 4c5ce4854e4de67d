/** Where findings are, what each sequence shows of them, and how the hospitals differ. @module */
import { type Style, styleOf } from '../sites.ts';
import type { Finding, Kind, Region, Sequence, Signal, SiteProfile } from './types.ts';

/** A place in the head; x is that of the left of the image, where the patient's right is. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** The centre of every region. */
export const places: Readonly<Record<Region, Place>> = {
  'frontal lobe': { x: -0.32, y: -0.52, z: 0.3 },
  'parietal lobe': { x: -0.4, y: 0.28, z: 0.55 },
  'temporal lobe': { x: -0.56, y: -0.08, z: -0.38 },
  'occipital lobe': { x: -0.26, y: 0.62, z: -0.1 },
  'basal ganglia': { x: -0.34, y: -0.22, z: 0.05 },
  thalamus: { x: -0.2, y: 0.18, z: -0.05 },
  'corona radiata': { x: -0.32, y: -0.04, z: 0.5 },
  cerebellum: { x: -0.3, y: 0.46, z: -0.65 },
  pons: { x: 0, y: 0.08, z: -0.62 },
};

/** Every region, in the order of the table above. */
export const regions = Object.keys(places) as readonly Region[]; // the keys of `places` are exactly the regions

/** Regions without a side. */
export const unpaired: readonly Region[] = ['pons'];

const hyper = 'hyperintense';
const hypo = 'hypointense';

const signals: Readonly<Record<Kind, Readonly<Record<Sequence, Signal>>>> = {
  infarct: { DWI: hyper, ADC: hypo, T1: hypo, T2: hyper, FLAIR: hyper },
  lacune: { DWI: hypo, ADC: hyper, T1: hypo, T2: hyper, FLAIR: hypo },
  hemorrhage: { DWI: hypo, ADC: hypo, T1: hyper, T2: hypo, FLAIR: hypo },
  demyelination: { DWI: hyper, ADC: hyper, T1: hypo, T2: hyper, FLAIR: hyper },
  mass: { DWI: hyper, ADC: hypo, T1: hypo, T2: hyper, FLAIR: hyper },
  cyst: { DWI: hypo, ADC: hyper, T1: hypo, T2: hyper, FLAIR: hypo },
};

/** Every kind, in the order of the table above. */
export const kinds = Object.keys(signals) as readonly Kind[]; // the keys of `signals` are exactly the kinds

/** How a kind looks on a sequence. */
export function signalOf(kind: Kind, sequence: Sequence): Signal {
  return signals[kind][sequence];
}

/** Region and side in words: `right thalamus`, `pons`. */
export function placeName({ region, side }: Finding): string {
  return side === undefined ? region : `${side} ${region}`;
}

/** Three times as frequent here as elsewhere. */
function frequent(...common: readonly Kind[]): Readonly<Record<Kind, number>> {
  const of = (kind: Kind): number => (common.includes(kind) ? 3 : 1);
  return {
    infarct: of('infarct'),
    lacune: of('lacune'),
    hemorrhage: of('hemorrhage'),
    demyelination: of('demyelination'),
    mass: of('mass'),
    cyst: of('cyst'),
  };
}

const profiles: Readonly<Record<Style, SiteProfile>> = {
  north: {
    scanner: { gamma: 1, contrast: 1, noise: 0.03, blur: [0, 0.4, 0.4], shading: 0.05 },
    frequencies: frequent('infarct', 'lacune'),
    protocols: [['DWI', 'ADC'], ['DWI', 'FLAIR'], ['T1', 'T2']], // prettier-ignore
    trainPairs: 80,
  },
  south: {
    scanner: { gamma: 1.3, contrast: 0.8, noise: 0.05, blur: [0.3, 0.7, 0.7], shading: 0.15 },
    frequencies: frequent('demyelination', 'cyst'),
    protocols: [['T2', 'FLAIR'], ['T1', 'FLAIR'], ['DWI', 'ADC']], // prettier-ignore
    trainPairs: 70,
  },
  west: {
    scanner: { gamma: 0.8, contrast: 1.15, noise: 0.04, blur: [0.6, 0.4, 0.4], shading: 0.1 },
    frequencies: frequent('mass', 'hemorrhage'),
    protocols: [['T1', 'T2'], ['T1', 'FLAIR'], ['T2', 'ADC']], // prettier-ignore
    trainPairs: 60,
  },
};

/** The profile of a phantom site by its name. @throws UsageError (badArgument) for any other name */
export function profileOf(site: string): SiteProfile {
  return profiles[styleOf(site)];
}
