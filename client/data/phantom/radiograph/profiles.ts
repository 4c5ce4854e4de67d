/** How the hospitals of this phantom differ. @module */
import { type Style, styleOf } from '../sites.ts';
import type { Kind, Place, SiteProfile } from './types.ts';

/** Where each kind is found. */
export const places: Readonly<Record<Kind, Place>> = {
  nodule: 'zone',
  opacity: 'zone',
  atelectasis: 'zone',
  effusion: 'side',
  pneumothorax: 'side',
  cardiomegaly: 'none',
  interstitial: 'none',
  device: 'side',
};

/** Every kind, in the order of the table above. */
export const kinds = Object.keys(places) as readonly Kind[]; // the keys of `places` are exactly the kinds

/** Three times as frequent here as elsewhere. */
function frequent(...common: readonly Kind[]): Readonly<Record<Kind, number>> {
  const of = (kind: Kind): number => (common.includes(kind) ? 3 : 1);
  return {
    nodule: of('nodule'),
    opacity: of('opacity'),
    atelectasis: of('atelectasis'),
    effusion: of('effusion'),
    pneumothorax: of('pneumothorax'),
    cardiomegaly: of('cardiomegaly'),
    interstitial: of('interstitial'),
    device: of('device'),
  };
}

const profiles: Readonly<Record<Style, SiteProfile>> = {
  north: {
    style: 'north',
    scanner: { gamma: 1, contrast: 1, noise: 0.03, blur: 0.4, halfResolution: false, mark: 'letter', border: 0 },
    frequencies: frequent('effusion', 'cardiomegaly'),
    trainPairs: 100,
  },
  south: {
    style: 'south',
    scanner: { gamma: 1.35, contrast: 0.8, noise: 0.05, blur: 0.8, halfResolution: false, mark: 'box', border: 0.06 },
    frequencies: frequent('opacity', 'atelectasis', 'interstitial'),
    trainPairs: 85,
  },
  west: {
    style: 'west',
    scanner: {
      gamma: 0.75,
      contrast: 1.15,
      noise: 0.04,
      blur: 0.6,
      halfResolution: true,
      mark: 'letter',
      border: 0.03,
    },
    frequencies: frequent('nodule', 'pneumothorax', 'device'),
    trainPairs: 70,
  },
};

/** The profile of a phantom site by its name. @throws UsageError (badArgument) for any other name */
export function profileOf(site: string): SiteProfile {
  return profiles[styleOf(site)];
}
