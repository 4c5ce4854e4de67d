/** What the data sources give to training and evaluation. @module */

/** The side of a split that a pair is on. */
export type Split = 'train' | 'test';

/** One row of a `pairs.csv`. `patientId` is the row's own where the file names none. */
export interface Row {
  readonly id: string;
  /** As written in the file: relative to its folder. */
  readonly imagePath: string;
  readonly report: string;
  readonly labels: readonly string[];
  readonly site: string;
  readonly patientId: string;
  /** The split that the file asks for, where it does. */
  readonly split?: Split;
}

/** An image with its report, empty where a method reads images alone. MUST NOT leave this site. */
export interface Pair extends Omit<Row, 'imagePath' | 'split'> {
  /** In the order of its extents, channels last; mean 0 and standard deviation 1. */
  readonly image: Float32Array;
  readonly split: Split;
}

/** A row that was not used, and why. */
export interface LeftOut {
  readonly id: string;
  readonly why: 'noReport' | 'noImage' | 'unreadableImage' | 'flatImage';
}

/** A site's data. */
export interface SiteData {
  readonly pairs: readonly Pair[];
  readonly leftOut: readonly LeftOut[];
}
