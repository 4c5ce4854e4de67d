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
