import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bgvDegree, bgvSumBytes, bgvUploadBytes } from '#shared/crypto/bgv-format';
import { aggregateByteLength, aggregateLength, uploadCut } from '#shared/secagg/upload-cut';

const parameters = fc.oneof(
  fc.record({
    encryption: fc.constant('none' as const),
    modulusBits: fc.integer({ min: 1, max: 32 }),
    wordCount: fc.integer({ min: 1, max: 5000 }),
    chunkBytes: fc.integer({ min: 32, max: 2000 }),
  }),
  fc.record({
    encryption: fc.constant('stream' as const),
    modulusBits: fc.constant(32),
    wordCount: fc.integer({ min: 1, max: 5000 }),
    chunkBytes: fc.integer({ min: 32, max: 2000 }),
  }),
  fc.record({
    encryption: fc.constant('bgv' as const),
    modulusBits: fc.constant(32),
    wordCount: fc.integer({ min: 1, max: 100_000 }),
    chunkBytes: fc.integer({ min: 1, max: 5 * bgvUploadBytes }),
  }),
);

describe('the cut of an upload', () => {
  it('covers every word and every byte once, in order, each chunk beginning at a multiple of 8 words', () => {
    fc.assert(
      fc.property(parameters, (chosen) => {
        const cut = uploadCut(chosen);
        let words = 0;
        let bytes = 0;
        for (let index = 0; index < cut.chunkCount; index++) {
          assert.deepEqual([cut.firstWordOf(index), cut.byteOffsetOf(index)], [words, bytes]);
          assert.equal(words % 8, 0);
          assert(cut.wordsOf(index) > 0 && cut.bytesOf(index) > 0);
          words += cut.wordsOf(index);
          assert.deepEqual([cut.indexOf(cut.firstWordOf(index)), cut.indexOf(words - 1)], [index, index]);
          bytes += cut.bytesOf(index);
        }
        assert.deepEqual([words, bytes], [chosen.wordCount, cut.byteLength]);
      }),
    );
  });

  it('has chunks of at most the bytes of the plan, and whole ciphertexts in them', () => {
    const bgv = {
      encryption: 'bgv',
      modulusBits: 32,
      wordCount: 10 * bgvDegree,
      chunkBytes: 3 * bgvUploadBytes,
    } as const;
    const cut = uploadCut(bgv);
    assert.deepEqual(
      [0, 1, 2, 3].map((index) => cut.bytesOf(index) / bgvUploadBytes),
      [3, 3, 3, 1],
    );
    assert.deepEqual([cut.chunkCount, cut.byteLength], [4, 10 * bgvUploadBytes]);
  });

  it('gives aggregates 4 bytes a word, or a ciphertext for every 4096', () => {
    assert.equal(aggregateLength({ encryption: 'none' }, 4097), 4 * 4097);
    assert.equal(aggregateLength({ encryption: 'stream' }, 4097), 4 * 4097);
    const bgv = { encryption: 'bgv', modulusBits: 32, wordCount: 4097, chunkBytes: bgvUploadBytes } as const;
    assert.equal(aggregateByteLength(bgv), 2 * bgvSumBytes);
  });
});
