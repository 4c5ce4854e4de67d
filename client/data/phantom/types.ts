/** What every phantom gives: images and what is said of them, of nobody. @module */
import type { Split } from '../types.ts';

/** An image, a colour image or a volume of bytes. */
export interface PhantomImage {
  /** `[height, width]` or `[depth, height, width]`. */
  readonly size: readonly number[];
  readonly channels: 1 | 3;
  /** In the order of `size`, channels last. */
  readonly values: Uint8Array;
}

/** One generated case. */
export interface PhantomCase {
  readonly id: string;
  readonly image: PhantomImage;
  /** Empty where the kind has no reports. */
  readonly report: string;
  /** What was drawn, for evaluation from the generator's own parameters; no semicolon. */
  readonly labels: readonly string[];
  readonly site: string;
  readonly patientId: string;
  readonly split: Split;
}

/** What to generate: one site's data. */
export interface PhantomOptions {
  readonly seed: number;
  /** north, south, west, or one of these with a number from 2 on: `north-2`. */
  readonly site: string;
  /** Default: the phantom's own, few on purpose and other at every site. */
  readonly trainPairs?: number;
  /** Default: the phantom's own. */
  readonly testPairs?: number;
}

/** A file that all sites share, such as a bank of public reports. */
export interface PublicFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One kind of generated data. */
export interface Phantom {
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  /**
   * The cases of a site, training first. Each depends on the seed, the site, its split and its number alone, so a longer
   * set begins with the shorter one.
   *
   * @throws UsageError (badArgument) if there is no such site
   */
  cases(options: PhantomOptions): readonly PhantomCase[];
  /** What all sites share beside their own cases. */
  publicFiles?(seed: number): readonly PublicFile[];
}
