/** Figures as they are reported. @module */

/** Figures by name, in groups where they have parts. `null` where these pairs do not say. */
export interface Figures {
  readonly [name: string]: number | null | Figures;
}

/** How good a model is on a set of pairs, and what would be nothing. MUST NOT leave this site. */
export interface MethodReport {
  readonly figures: Figures;
  /** Guessing: the same names. */
  readonly chance: Figures;
  readonly pairCount: number;
  readonly details?: ReportDetails;
}

/** What a page draws beside the figures. MUST NOT leave this site. */
export interface ReportDetails {
  readonly curves?: readonly Curve[];
  readonly confusion?: NamedConfusion;
  readonly examples?: readonly RetrievalExample[];
}

/** A plot of one or more lines, what would be nothing among them. */
export interface Curve {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly CurveLine[];
}

/** Points from left to right. */
export interface CurveLine {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Predicted classes against actual ones, `counts[actual * classes + predicted]`. */
export interface NamedConfusion {
  readonly classes: readonly string[];
  readonly counts: readonly number[];
}

/** An image and the reports that it finds, the nearest first, by the ids of their pairs. */
export interface RetrievalExample {
  readonly id: string;
  readonly found: readonly string[];
  /** Of its own report, from 1. */
  readonly rank: number;
}

/** The share of queries whose partner is among the first 1, 5 and 10. */
export interface Recalls extends Figures {
  readonly recallAt1: number;
  readonly recallAt5: number;
  readonly recallAt10: number;
}

/** Both directions of retrieval. */
export interface RetrievalFigures extends Figures {
  readonly imageToReport: Recalls;
  readonly reportToImage: Recalls;
}

/** What a model does on a set of pairs, and what would be nothing. MUST NOT leave this site. */
export interface RetrievalReport extends MethodReport {
  readonly figures: RetrievalFigures;
  /** Identical reports count as one entry of the gallery, a hit for all its owners. */
  readonly distinctReports: RetrievalFigures;
  /** The same model with every image replaced by another patient's: chance, unless something else than the image tells. */
  readonly shuffledImages: RetrievalFigures;
  /** Guessing. */
  readonly chance: RetrievalFigures;
  /** Every query is looked up in a gallery of about this many pairs. */
  readonly gallerySize: number;
}
