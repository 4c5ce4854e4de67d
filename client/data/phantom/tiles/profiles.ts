/** How the hospitals of this phantom differ, and the public archive beside them. @module */
import type { Random } from '../../random.ts';
import { type Style, styleOf } from '../sites.ts';
import type { Rgb, Slide } from './types.ts';

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
    frequencies: [2, 1, 1],
    trainPairs: 24,
  },
  south: {
    slide: { haematoxylin: [0.9, 0.75, 0.2], eosin: [0.05, 0.6, 0.45], thickness: 1.25, blur: 0.8, noise: 0.045 },
    frequencies: [1, 2, 1],
    trainPairs: 22,
  },
  west: {
    slide: { haematoxylin: [0.68, 0.83, 0.44], eosin: [0.16, 0.9, 0.16], thickness: 0.9, blur: 0.65, noise: 0.04 },
    frequencies: [1, 1, 2],
    trainPairs: 20,
  },
};

/** The profile of a phantom site by its name. @throws UsageError (badArgument) for any other name */
export function profileOf(site: string): Profile {
  return profiles[styleOf(site)];
}

/** A slide of the public archive, which many laboratories sent theirs to. */
export function archiveSlide(random: Random): Slide {
  const about = (value: number, spread: number): number => value * (1 + spread * (2 * random.uniform() - 1));
  const stain = ([red, green, blue]: Rgb): Rgb => [about(red, 0.3), about(green, 0.2), about(blue, 0.5)];
  return {
    haematoxylin: stain([0.75, 0.8, 0.35]),
    eosin: stain([0.12, 0.8, 0.27]),
    thickness: about(1.02, 0.25),
    blur: about(0.65, 0.25),
    noise: about(0.037, 0.25),
  };
}
