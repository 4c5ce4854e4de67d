/** The phantom's words for what is drawn and said. @module */
import type { Style } from '../sites.ts';

export type Kind =
  'nodule' | 'opacity' | 'atelectasis' | 'effusion' | 'pneumothorax' | 'cardiomegaly' | 'interstitial' | 'device';

/** The patient's side: the patient's right is on the left of the image. */
export type Side = 'right' | 'left';
export type Zone = 'upper' | 'middle' | 'lower';

/** Where a kind is found: in a zone of a lung, in a lung, or in the chest as a whole. */
export type Place = 'zone' | 'side' | 'none';

/** One finding; `side` and `zone` as far as its kind has them. */
export interface Finding {
  readonly kind: Kind;
  /** 1 to 4. */
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
  /** Standard deviation of the blur in pixels. */
  readonly blur: number;
  readonly halfResolution: boolean;
  readonly mark: 'letter' | 'box';
  /** Share of the image's width. */
  readonly border: number;
}

/** What makes a site: its scanner, its way of writing and its patients. */
export interface SiteProfile {
  readonly scanner: Scanner;
  readonly style: Style;
  /** Relative frequency of each kind. */
  readonly frequencies: Readonly<Record<Kind, number>>;
  /** Pairs for training by default; few on purpose. */
  readonly trainPairs: number;
}
