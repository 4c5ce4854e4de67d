/** The wide phantom's words for what is drawn and said. @module */
import type { Side } from '../radiograph/types.ts';

export type Kind =
  | 'veil'
  | 'consolidation'
  | 'effusion'
  | 'pneumothorax'
  | 'bands'
  | 'cardiomegaly'
  | 'interstitial'
  | 'emphysema'
  | 'oedema';

/** What a kind takes up: half of a lung, a lung, both lungs, or the heart. Two findings never share a place. */
export type Place = 'half' | 'side' | 'both' | 'heart';

export type Half = 'upper' | 'lower';

/** One finding; `side` and `half` as far as its kind has them. */
export interface Finding {
  readonly kind: Kind;
  /** 1 to 4. */
  readonly severity: number;
  readonly side?: Side;
  readonly half?: Half;
}
