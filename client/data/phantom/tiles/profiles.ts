/** How the hospitals of this phantom differ, and the public archive beside them. @module */
import { type Style, styleOf } from '../sites.ts';
import type { Slide } from './types.ts';

/** What makes a site: its laboratory, its patients and how many of its tiles somebody has labelled. */
interface Profile {
  readonly slide: Slide;
  /** Relative frequency of each class, in the order of `tileClasses`. */
  readonly frequencies: readonly number[];
  readonly trainPairs: number;
}

const profiles: Readonly<Record<Style, Profile>> = {
  north: {
    slide: { haematoxylin: [0.75, 0.8, 0.35], eosin: [0.1, 0.85, 0.25], thickness: 1, blur: 0.5, noise: 0.03 },
    frequencies: [3, 1, 1],
    trainPairs: 60,
  },
  south: {
    slide: { haematoxylin: [0.9, 0.75, 0.2], eosin: [0.05, 0.6, 0.45], thickness: 1.25, blur: 0.8, noise: 0.045 },
    frequencies: [1, 3, 1],
    trainPairs: 50,
  },
  west: {
    slide: { haematoxylin: [0.6, 0.85, 0.5], eosin: [0.2, 0.95, 0.1], thickness: 0.8, blur: 0.65, noise: 0.04 },
    frequencies: [1, 1, 3],
    trainPairs: 40,
  },
};

/** The profile of a phantom site by its name. @throws UsageError (badArgument) for any other name */
export function profileOf(site: string): Profile {
  return profiles[styleOf(site)];
}

/** The laboratories that the public archive's slides come from: none of a site's own. */
export const archiveSlides: readonly Slide[] = [
  { haematoxylin: [0.7, 0.75, 0.3], eosin: [0.08, 0.8, 0.3], thickness: 1.1, blur: 0.6, noise: 0.03 },
  { haematoxylin: [0.85, 0.8, 0.25], eosin: [0.12, 0.7, 0.35], thickness: 0.9, blur: 0.5, noise: 0.04 },
  { haematoxylin: [0.65, 0.8, 0.4], eosin: [0.15, 0.9, 0.2], thickness: 1, blur: 0.7, noise: 0.035 },
];
