/** The head phantom's words for what is drawn and said. @module */
import type { VolumeSize } from '../volume-field.ts';

export type Kind = 'infarct' | 'lacune' | 'hemorrhage' | 'demyelination' | 'mass' | 'cyst';

export type Region =
  | 'frontal lobe'
  | 'parietal lobe'
  | 'temporal lobe'
  | 'occipital lobe'
  | 'basal ganglia'
  | 'thalamus'
  | 'corona radiata'
  | 'cerebellum'
  | 'pons';

/** The patient's side: the patient's right is on the left of the image. */
export type Side = 'right' | 'left';

export type Sequence = 'DWI' | 'ADC' | 'T1' | 'T2' | 'FLAIR';

/** How a finding looks beside what is around it. */
export type Signal = 'hyperintense' | 'hypointense';

/** One finding. The pons alone has no side. */
export interface Finding {
  readonly kind: Kind;
  readonly region: Region;
  readonly side?: Side;
}

/** How a site's scanner shows things. */
export interface Scanner {
  readonly gamma: number;
  readonly contrast: number;
  /** Standard deviation, white. */
  readonly noise: number;
  /** Standard deviation of the blur in voxels along `[depth, height, width]`. */
  readonly blur: VolumeSize;
  /** Greatest brightening by the coil from one end of the head to the other. */
  readonly shading: number;
}

/** What makes a site: its scanner and its patients. */
export interface SiteProfile {
  readonly scanner: Scanner;
  /** Relative frequency of each kind. */
  readonly frequencies: Readonly<Record<Kind, number>>;
  /** What a study consists of, more frequent ones several times. */
  readonly protocols: readonly (readonly [Sequence, Sequence])[];
  /** Pairs for training by default; few on purpose. */
  readonly trainPairs: number;
}
