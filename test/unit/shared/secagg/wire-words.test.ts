import assert from 'node:assert/strict';
import { addUnpacked, packWords, packedLength, unpackWords, wordsPerChunk } from '#shared/secagg/wire-words';

describe('words on the wire', () => {
  it('are little-endian, the first word in the lowest bits', () => {
    assert.deepEqual([...packWords(Uint32Array.of(0x010203, 0xfffefd), 24)], [3, 2, 1, 0xfd, 0xfe, 0xff]);
    assert.deepEqual([...packWords(Uint32Array.of(0x04030201), 32)], [1, 2, 3, 4]);
    assert.deepEqual([...packWords(Uint32Array.of(0b101, 0b011, 0b111), 3)], [0b11_011_101, 0b1]);
  });

  it('come back for every width, at the greatest values too', () => {
    for (let m = 1; m <= 32; m++) {
      const words = Uint32Array.from({ length: 13 }, (_, i) => (i % 2 === 0 ? 2 ** m - 1 : (i * 2654435761) % 2 ** m));
      const bytes = packWords(words, m);
      assert.equal(bytes.length, packedLength(13, m));
      assert.deepEqual(unpackWords(bytes, 13, m), words, `m = ${String(m)}`);
    }
  });

  it('come back over several blocks, and add up modulo 2^32', () => {
    for (const m of [21, 24, 32]) {
      const words = Uint32Array.from({ length: 40_003 }, (_, i) => (i * 2654435761) % 2 ** m);
      const bytes = packWords(words, m);
      assert.deepEqual(unpackWords(bytes, words.length, m), words);
      const sum = new Uint32Array(words.length).fill(2 ** 32 - 1);
      addUnpacked(sum, bytes, m);
      assert.deepEqual(
        sum,
        words.map((word) => word - 1),
      );
    }
  });

  it('can be packed chunk by chunk when a chunk has a multiple of 8 words', () => {
    const words = Uint32Array.from({ length: 100 }, (_, i) => (i * 40503) % 2 ** 18);
    const perChunk = wordsPerChunk(60, 18);
    assert.equal(perChunk, 24);
    const chunks = [];
    for (let from = 0; from < words.length; from += perChunk) {
      chunks.push(packWords(words.subarray(from, from + perChunk), 18));
    }
    assert.deepEqual(Buffer.concat(chunks), Buffer.from(packWords(words, 18)));
    assert(chunks.every(({ length }) => length <= 60));
  });

  it('do not depend on where they lie in memory', () => {
    const bytes = packWords(Uint32Array.of(1, 2, 3), 32);
    const shifted = new Uint8Array(13);
    shifted.set(bytes, 1);
    assert.deepEqual(unpackWords(shifted.subarray(1), 3, 32), Uint32Array.of(1, 2, 3));
    assert.deepEqual(packWords(Uint32Array.of(9, 1, 2, 3).subarray(1), 32), bytes);
  });

  it('are refused at any other length', () => {
    for (const length of [5, 7]) {
      assert.throws(() => unpackWords(new Uint8Array(length), 2, 24), { code: 'wrongLength' });
      const sum = Uint32Array.of(1, 2);
      assert.throws(
        () => {
          addUnpacked(sum, new Uint8Array(length).fill(1), 24);
        },
        { code: 'wrongLength' },
      );
      assert.deepEqual(sum, Uint32Array.of(1, 2));
    }
  });

  it('are refused when a bit after the last word is set', () => {
    const bytes = packWords(Uint32Array.of(7, 7, 7), 3);
    assert.throws(() => unpackWords(bytes.with(1, bytes[1]! | 2), 3, 3), { code: 'nonCanonical' });
    assert.throws(() => unpackWords(bytes.with(1, bytes[1]! | 128), 3, 3), { code: 'nonCanonical' });
  });
});
