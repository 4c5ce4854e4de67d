/**
 * What the secure sum reads of a plan. @module
 */
import type { Plan } from './types.ts';

/** The parameters of the sum: as many words as the segments have fields, for without encryption a word holds one field. */
export function toSumParameters({ sum }: Plan): {
  readonly maxSites: number;
  readonly colluders: number;
  readonly threshold: number;
  readonly quorum: number;
  readonly modulusBits: number;
  readonly wordCount: number;
  readonly chunkBytes: number;
} {
  const { maxSites, colluders, threshold, quorum, modulusBits, chunkBytes, segments } = sum;
  const wordCount = segments.reduce((total, { length }) => total + length, 0);
  return { maxSites, colluders, threshold, quorum, modulusBits, wordCount, chunkBytes };
}
