/** What the secure sum reads of a plan. @module */
import type { SumParameters } from '../secagg/types.ts';
import type { Plan } from './types.ts';

/** The parameters of the sum: as many words as the segments have fields, for without encryption a word holds one field. */
export function toSumParameters({ sum }: Plan): SumParameters {
  const { maxSites, colluders, threshold, quorum, modulusBits, chunkBytes, segments } = sum;
  const wordCount = segments.reduce((total, { length }) => total + length, 0);
  return { maxSites, colluders, threshold, quorum, modulusBits, wordCount, chunkBytes };
}
