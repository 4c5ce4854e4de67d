/** The words of the phantom of tiles for what is drawn and said. @module */

/** Of a component of the grade: 1 is nearest to healthy tissue. */
export type Score = 1 | 2 | 3;
export type Stroma = 'loose' | 'dense' | 'mucinous';

/** What a tile shows. The three scores make its grade; the rest varies within every grade. */
export interface Tissue {
  /** How few of the cells form glands. */
  readonly tubules: Score;
  /** How large and unlike each other the nuclei are. */
  readonly nuclei: Score;
  /** How much of it is dead. */
  readonly necrosis: Score;
  readonly stroma: Stroma;
  readonly lymphocytes: boolean;
}

/** How a laboratory's slides look. */
export interface Slide {
  /** Optical density of haematoxylin and of eosin in red, green and blue. */
  readonly haematoxylin: Rgb;
  readonly eosin: Rgb;
  /** What every optical density is multiplied with: thick or thin cuts. */
  readonly thickness: number;
  /** Of the scanner, in pixels. */
  readonly blur: number;
  /** Standard deviation, white, in each colour. */
  readonly noise: number;
}

export type Rgb = readonly [red: number, green: number, blue: number];
