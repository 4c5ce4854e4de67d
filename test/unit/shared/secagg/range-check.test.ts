import assert from 'node:assert/strict';
import { segmentOutOfRange } from '#shared/secagg/range-check';

const segments = [
  { name: 'delta', length: 2, bits: 8 },
  { name: 'noisy', length: 1, bits: 8, localSigma: 1 },
];

describe('range of an opened aggregate', () => {
  it('goes up to the number of sites times the greatest field, margin included', () => {
    assert.equal(segmentOutOfRange(segments, 3, Uint32Array.of(0, 765, 3 * 279)), undefined);
  });

  it('is left by one field one above it, whose segment is named', () => {
    assert.equal(segmentOutOfRange(segments, 3, Uint32Array.of(0, 766, 0)), 'delta');
    assert.equal(segmentOutOfRange(segments, 3, Uint32Array.of(0, 0, 3 * 279 + 1)), 'noisy');
  });
});
