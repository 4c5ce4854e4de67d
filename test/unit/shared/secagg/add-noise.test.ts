import assert from 'node:assert/strict';
import { addNoise } from '#shared/secagg/add-noise';
import { dequantize, stepOf } from '#shared/secagg/quantize';
import type { Segment } from '#shared/secagg/quantize';

function segment(length: number): Segment {
  return { name: 'delta', length, range: 1, bits: 8 };
}

describe('noise', () => {
  const noisySegment: Segment = { ...segment(2), localSigma: 1 };

  it('is not held to the range and is drawn again beyond the margin', () => {
    const draws = [[13, -12], [12]];
    const made = addNoise([noisySegment], Uint32Array.of(0, 255), (i) => draws[i]!.shift()!);
    assert.deepEqual([...made.noisy], [0, 255 + 24]);
    assert.deepEqual([made.margins, made.fieldBits], [[12], [9]]);
  });

  it('is drawn for no segment that has none, and the margin comes off again', () => {
    const segments = [{ ...segment(1), name: 'plain' }, noisySegment];
    const quantized = Uint32Array.of(7, 100, 200);
    const { noisy } = addNoise(segments, quantized, (i) => (i === 0 ? assert.fail('drawn') : 3));
    const over = { sites: 1, weightCap: null, exampleCount: 1 };
    const without = dequantize([{ ...segment(3), name: 'all' }], over, quantized).sum;
    const { sum } = dequantize(segments, over, noisy);
    assert(Math.abs(sum[0]! - without[0]!) < 1e-12);
    assert(Math.abs(sum[1]! - without[1]! - 3 * stepOf(noisySegment)) < 1e-12);
  });

  it('is refused for segments of another length than the vector', () => {
    assert.throws(() => addNoise([segment(2)], Uint32Array.of(0), () => 0), { code: 'lengthMismatch' });
  });
});
