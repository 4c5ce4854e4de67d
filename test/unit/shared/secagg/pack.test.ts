import assert from 'node:assert/strict';
import fc from 'fast-check';
import { packFields, packedWordCount, packingOf, unpackFields } from '#shared/secagg/pack';
import { sumOfWords } from '../../../support/masking.ts';

const segment = fc.record({
  name: fc.constant('segment'),
  length: fc.integer({ min: 1, max: 7 }),
  bits: fc.integer({ min: 1, max: 20 }),
});

describe('packed fields', () => {
  it('do not carry into each other, even when every site of the most has the greatest values', () => {
    fc.assert(
      fc.property(
        fc.array(segment, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 300 }),
        (segments, n) => {
          const packing = packingOf(segments, n, 32);
          const greatest = Uint32Array.from(
            segments.flatMap(({ length, bits }) => Array<number>(length).fill(2 ** bits - 1)),
          );
          const words = packFields(packing, greatest);
          const sum = sumOfWords(Array<Uint32Array>(n).fill(words));
          assert.deepEqual(
            [...unpackFields(packing, sum)],
            [...greatest].map((field) => n * field),
          );
        },
      ),
    );
  });

  it('are three to a word up to 10 bits of sum, two up to 16, else one', () => {
    const perWord = (bits: number, sites: number): number =>
      packingOf([{ name: 's', length: 6, bits }], sites, 32)[0]!.fieldsPerWord;
    assert.deepEqual([perWord(6, 16), perWord(6, 17), perWord(12, 16), perWord(12, 17)], [3, 2, 2, 1]);
  });

  it('begin a new word with every segment', () => {
    const segments = [
      { name: 'a', length: 4, bits: 6 },
      { name: 'b', length: 1, bits: 6 },
    ];
    const packing = packingOf(segments, 16, 32);
    assert.deepEqual(
      packing.map(({ firstWord }) => firstWord),
      [0, 2],
    );
    assert.equal(packedWordCount(packing), 3);
  });

  it('need words of 32 bits', () => {
    assert.throws(() => packingOf([], 3, 24), { code: 'modulusNotWord' });
  });
});
