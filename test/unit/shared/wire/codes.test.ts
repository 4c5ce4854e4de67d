import assert from 'node:assert/strict';
import {
  closedPhases,
  keyRefusalCodes,
  planRefusalCodes,
  refusalCodes,
  roundOutcomes,
  shareKinds,
} from '#shared/wire/codes';
import * as generated from '../../../../shared/wire/generated/consilium/v1/codes.ts';

/** `NOT_A_SUBSET` as `notASubset`; share kinds are written with a hyphen. */
function toWord(name: string, joint: 'camel' | 'hyphen'): string {
  const words = name.toLowerCase().split('_');
  if (joint === 'hyphen') return words.join('-');
  return words.map((word, i) => (i === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join('');
}

describe('codes', () => {
  const lists = [
    { words: refusalCodes, numbers: generated.RefusalCode, prefix: 'REFUSAL_CODE_', joint: 'camel' },
    { words: roundOutcomes, numbers: generated.RoundOutcome, prefix: 'ROUND_OUTCOME_', joint: 'camel' },
    { words: shareKinds, numbers: generated.ShareKind, prefix: 'SHARE_KIND_', joint: 'hyphen' },
    { words: closedPhases, numbers: generated.ClosedPhase, prefix: 'CLOSED_PHASE_', joint: 'camel' },
    { words: planRefusalCodes, numbers: generated.PlanRefusalCode, prefix: 'PLAN_REFUSAL_CODE_', joint: 'camel' },
    { words: keyRefusalCodes, numbers: generated.KeyRefusalCode, prefix: 'KEY_REFUSAL_CODE_', joint: 'camel' },
  ] as const;

  for (const { words, numbers, prefix, joint } of lists) {
    it(`of ${prefix.slice(0, -1)} have the numbers of the wire, zero apart`, () => {
      const expected = Object.entries<number>(numbers)
        .filter(([, number]) => number !== 0)
        .map(([name, number]) => [toWord(name.slice(prefix.length), joint), number]);
      assert.deepEqual(words, Object.fromEntries(expected));
    });
  }
});
