/** The phantom's words for what is drawn and said. @module */
import type { Style } from '../sites.ts';

/** The 18 findings of CT-RATE and the 15 of CT-RATE-LT. */
export type Group = 'common' | 'rare';

/** The patient's side: the patient's right is on the left of a slice. */
export type Side = 'right' | 'left';
export type Zone = 'upper' | 'middle' | 'lower';

/** Where a kind is found: in a zone of a lung, on one side, or in the chest as a whole. */
export type Place = 'zone' | 'side' | 'none';

/** What is fixed of a kind. */
export interface KindOf {
  readonly group: Group;
  readonly place: Place;
  /** Whether a report says how severe it is. */
  readonly graded: boolean;
  /** What it takes up; two findings with a region in common hide each other. `{side}` and `{zone}` are the finding's. */
  readonly regions: readonly string[];
}

/** One finding; `side` and `zone` as far as its kind has them. */
export interface Finding {
  /** A name of `kinds`, which is also its label. */
  readonly kind: string;
  /** 1 to 3. */
  readonly severity: number;
  readonly side?: Side;
  readonly zone?: Zone;
}

/** How a site's scanner shows things. */
export interface Scanner {
  readonly gamma: number;
  readonly contrast: number;
  /** Standard deviation, white. */
  readonly noise: number;
  /** Standard deviation of the blur in voxels of a slice. */
  readonly blur: number;
  /** Whether every second slice was not taken, and is its neighbour's. */
  readonly thickSlices: boolean;
}

/** What makes a site: its scanner, its way of writing and its patients. */
export interface SiteProfile {
  readonly style: Style;
  readonly scanner: Scanner;
  /** Kinds that are three times as frequent here as elsewhere. */
  readonly frequent: readonly string[];
  /** Pairs for training by default; few on purpose. */
  readonly trainPairs: number;
}
