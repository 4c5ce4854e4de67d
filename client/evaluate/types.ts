/** Retrieval figures as they are reported. @module */

/** The share of queries whose partner is among the first 1, 5 and 10. */
export interface Recalls {
  readonly recallAt1: number;
  readonly recallAt5: number;
  readonly recallAt10: number;
}

/** Both directions of retrieval. */
export interface RetrievalFigures {
  readonly imageToReport: Recalls;
  readonly reportToImage: Recalls;
}

/** What a model does on a set of pairs, and what would be nothing. MUST NOT leave this site. */
export interface RetrievalReport {
  readonly figures: RetrievalFigures;
  /** Identical reports count as one entry of the gallery, a hit for all its owners. */
  readonly distinctReports: RetrievalFigures;
  /** The same model with every image replaced by another patient's: chance, unless something else than the image tells. */
  readonly shuffledImages: RetrievalFigures;
  /** Guessing. */
  readonly chance: RetrievalFigures;
  readonly pairCount: number;
  /** Every query is looked up in a gallery of about this many pairs. */
  readonly gallerySize: number;
}
