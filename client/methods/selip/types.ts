/** What SeLIP reads in a report. @module */

/** One line of a report: an anatomical site, what is seen there, and the signal that this is sorted by. */
export interface Finding {
  readonly site: string;
  readonly appearance: string;
  /** The signal word of the appearance or, where it has none, the whole appearance. */
  readonly tag: string;
}

/** A report in lines. One that is not normal and has no line could not be read. */
export interface StructuredReport {
  readonly normal: boolean;
  readonly findings: readonly Finding[];
}
