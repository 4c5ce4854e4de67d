import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nodeCrypto } from '#shared/crypto/node';
import { dequantize, errorBound, quantize } from '#shared/secagg/quantize';
import { segmentOutOfRange } from '#shared/secagg/range-check';
import { uniformSource } from '#shared/secagg/uniform-source';
import { packWords, unpackWords } from '#shared/secagg/wire-words';
import { bytesOf } from '../support/secrets.ts';

const contributions = fc.array(
  fc.record({
    exampleCount: fc.integer({ min: 1, max: 1000 }),
    delta: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }),
  }),
  { minLength: 1, maxLength: 9 },
);

describe('quantised contributions', () => {
  it('have a weighted mean within the error bound, and a sum within the range', () => {
    fc.assert(
      fc.property(contributions, fc.integer({ min: 2, max: 24 }), fc.boolean(), (parts, bits, weighted) => {
        const segments = [{ name: 'delta', length: 5, range: 1, bits }];
        const weightCap = weighted ? 1000 : null;
        const vectors = parts.map(({ exampleCount, delta }, i) => {
          const uniform = uniformSource(nodeCrypto, bytesOf(String(i)));
          return quantize(segments, { clipNorm: null, weightCap, exampleCount }, Float64Array.from(delta), uniform)
            .quantized;
        });
        const sum = vectors.reduce((total, vector) => total.map((field, i) => field + vector[i]!));
        assert.equal(segmentOutOfRange(segments, parts.length, sum), undefined);

        const weights = parts.map(({ exampleCount }) => (weighted ? exampleCount : 1));
        const total = weights.reduce((a, b) => a + b);
        const over = { sites: parts.length, weightCap, exampleCount: total };
        const { mean } = dequantize(segments, over, sum);
        const bound = errorBound(segments, over).bounds[0]! * (1 + 1e-9);
        for (const [k, value] of mean.entries()) {
          const exact = parts.reduce((a, { delta }, i) => a + weights[i]! * delta[k]!, 0) / total;
          assert(Math.abs(value - exact) <= bound, `${String(value)} for ${String(exact)}`);
        }
      }),
    );
  });
});

describe('packed words', () => {
  const words = fc
    .integer({ min: 1, max: 32 })
    .chain((m) => fc.tuple(fc.constant(m), fc.array(fc.integer({ min: 0, max: 2 ** m - 1 }), { maxLength: 40 })));

  it('come back as they were', () => {
    fc.assert(
      fc.property(words, ([m, values]) => {
        const array = Uint32Array.from(values);
        assert.deepEqual(unpackWords(packWords(array, m), array.length, m), array);
      }),
    );
  });

  it('have one spelling: bytes that can be read are the bytes that would be written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 32 }), (bytes, m) => {
        const count = Math.floor((8 * bytes.length) / m);
        const unused = 8 * bytes.length - count * m;
        const isCanonical = unused < 8 && (bytes.at(-1) ?? 0) < 2 ** (8 - unused);
        if (isCanonical) assert.deepEqual(packWords(unpackWords(bytes, count, m), m), bytes);
        else assert.throws(() => unpackWords(bytes, count, m), { name: 'DecodeError' });
      }),
    );
  });
});
