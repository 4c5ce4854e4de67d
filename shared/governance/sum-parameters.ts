/** What the secure sum reads of a plan. @module */
import { onePerWord, packedWordCount, packingOf } from '../secagg/pack.ts';
import type { PackedSegment } from '../secagg/pack.ts';
import type { SumParameters } from '../secagg/types.ts';
import type { Plan } from './types.ts';

/** The parameters of the sum. */
export function toSumParameters({ sum }: Pick<Plan, 'sum'>): SumParameters {
  const { maxSites, colluders, threshold, quorum, dropouts, modulusBits, encryption, chunkBytes } = sum;
  const wordCount = packedWordCount(packingOfPlan({ sum }));
  return { maxSites, colluders, threshold, quorum, dropouts, modulusBits, encryption, wordCount, chunkBytes };
}

/** Where the fields of a plan lie in words: several share one with encryption, for a word has 32 bits then; else one each. */
export function packingOfPlan({ sum }: Pick<Plan, 'sum'>): readonly PackedSegment[] {
  const { encryption, segments, maxSites, modulusBits } = sum;
  return encryption === 'none' ? onePerWord(segments) : packingOf(segments, maxSites, modulusBits);
}
