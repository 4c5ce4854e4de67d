import assert from 'node:assert/strict';
import { nodeCrypto } from '#shared/crypto/node';
import { dequantize, errorBound, meanInto, quantize, quantizeInto, scalingOf, stepOf } from '#shared/secagg/quantize';
import type { Segment, Weighing } from '#shared/secagg/quantize';
import { uniformSource } from '#shared/secagg/uniform-source';
import type { UniformSource } from '#shared/secagg/uniform-source';
import { bytesOf } from '../../../support/secrets.ts';

const unweighted: Weighing = { clipNorm: null, weightCap: null, exampleCount: 1 };
const half: UniformSource = (out) => out.fill(0.5);
const almostOne: UniformSource = (out) => out.fill(1 - 2 ** -32);

function segment(length: number, bits = 8, range = 1): Segment {
  return { name: 'delta', length, range, bits };
}

describe('quantising', () => {
  it('maps the ends of the range to the ends of the field, whatever is drawn', () => {
    const delta = Float32Array.of(-1, 1, -5, 5);
    for (const uniform of [half, almostOne]) {
      const bits8 = quantize([segment(4)], unweighted, delta, uniform).quantized;
      assert.deepEqual([...bits8], [0, 255, 0, 255]);
    }
    assert.deepEqual(
      [...quantize([segment(4, 32)], unweighted, delta, almostOne).quantized],
      [0, 2 ** 32 - 1, 0, 2 ** 32 - 1],
    );
  });

  it('keeps every coordinate within one step', () => {
    const delta = Float32Array.from({ length: 20_000 }, (_, i) => Math.sin(i));
    const { quantized } = quantize([segment(20_000)], unweighted, delta, uniformSource(nodeCrypto, bytesOf('u')));
    const over = { sites: 1, weightCap: null, exampleCount: 1 };
    const { mean } = dequantize([segment(20_000)], over, quantized);
    const [bound] = errorBound([segment(20_000)], over).bounds;
    assert(mean.every((value, i) => Math.abs(value - delta[i]!) <= bound!));
  });

  it('rounds up as often as the fraction says, so that the mean is right', () => {
    const value = 0.3 * stepOf(segment(1)) - 1; // three tenths of the way from field 0 to field 1
    const delta = new Float64Array(100_000).fill(value);
    const { quantized } = quantize([segment(100_000)], unweighted, delta, uniformSource(nodeCrypto, bytesOf('u')));
    const ups = quantized.reduce((sum, field) => sum + field, 0);
    assert(Math.abs(ups / 100_000 - 0.3) < 0.01, String(ups));
  });

  it('gives the same integers again from the same seed, and others from another', () => {
    const delta = Float32Array.from({ length: 1000 }, (_, i) => Math.cos(i));
    const from = (seed: string): Uint32Array =>
      quantize([segment(1000)], unweighted, delta, uniformSource(nodeCrypto, bytesOf(seed))).quantized;
    assert.deepEqual(from('a'), from('a'));
    assert.notDeepEqual(from('a'), from('b'));
  });

  it('clips the whole vector, and not one that is shorter than the norm', () => {
    const delta = Float32Array.of(3, 4);
    const clipped = quantize([segment(2, 16, 10)], { ...unweighted, clipNorm: 1 }, delta, half);
    assert.deepEqual([clipped.norm, clipped.clipFactor], [5, 0.2]);
    const whole = quantize([segment(2, 16, 10)], { ...unweighted, clipNorm: 5 }, delta, half);
    assert.equal(whole.clipFactor, 1);
  });

  it('refuses more examples than the weight cap', () => {
    const weighing = { ...unweighted, weightCap: 10, exampleCount: 11 };
    assert.throws(() => quantize([segment(1)], weighing, Float32Array.of(0), half), { code: 'weightAboveCap' });
  });

  it('refuses what is not a number before anything is written', () => {
    for (const value of [Number.NaN, Infinity, -Infinity]) {
      const delta = Float32Array.of(0, value);
      assert.throws(() => quantize([segment(2)], unweighted, delta, half), { code: 'notFinite' });
    }
  });

  it('refuses segments of another length than the vector', () => {
    const over = { sites: 1, weightCap: null, exampleCount: 1 };
    const code = { code: 'lengthMismatch' };
    assert.throws(() => quantize([segment(2)], unweighted, Float32Array.of(0), half), code);
    assert.throws(() => dequantize([segment(2)], over, Uint32Array.of(0)), code);
  });

  it('gives the same integers part by part, in the memory of the values too', () => {
    const length = 40_001;
    const delta = Float32Array.from({ length }, (_, i) => Math.sin(i));
    const weighing = { clipNorm: 100, weightCap: 64, exampleCount: 50 };
    const seed = bytesOf('u');
    const whole = quantize([segment(length, 16)], weighing, delta, uniformSource(nodeCrypto, seed));
    const scaling = scalingOf(weighing, delta);
    assert.deepEqual({ ...scaling, quantized: whole.quantized }, whole);
    const parts = new Uint32Array(delta.buffer);
    for (const [from, end] of [
      [20_003, length],
      [0, 6],
      [6, 20_003],
    ] as const) {
      const uniform = uniformSource(nodeCrypto, seed, from);
      quantizeInto(parts.subarray(from, end), segment(length, 16), scaling, delta.subarray(from, end), uniform);
    }
    assert.deepEqual(parts, whole.quantized);
  });

  it('carries a count without rounding it, when one step is one example', () => {
    const counts: Segment = { name: 'exampleCount', length: 1, bits: 20, range: (2 ** 20 - 1) / 2 };
    for (const count of [0, 1, 10, 20_000, 2 ** 20 - 1]) {
      const { quantized } = quantize([counts], unweighted, Float64Array.of(count - counts.range), almostOne);
      assert.deepEqual([...quantized], [count]);
    }
  });
});

describe('the mean alone', () => {
  it('is that of dequantize, rounded to what it is written into', () => {
    const sum = Uint32Array.from({ length: 20_000 }, (_, i) => (i * 2654435761) % 2 ** 20);
    const noisy: Segment = { ...segment(20_000, 16, 0.1), localSigma: 3 };
    const over = { sites: 3, weightCap: 128, exampleCount: 200 };
    const { mean } = dequantize([noisy], over, sum);
    for (const out of [new Float64Array(sum.length), new Float32Array(sum.length)]) {
      meanInto(out, noisy, over, sum);
      assert.deepEqual([...out], [...(out instanceof Float32Array ? new Float32Array(mean) : mean)]);
    }
  });
});

describe('a weighted mean', () => {
  it('of 20,000 examples at one site and 10 at another is exact within the bound', () => {
    const segments = [segment(3, 16)];
    const parts = [
      { exampleCount: 20_000, delta: Float32Array.of(0.5, -0.25, 0.125) },
      { exampleCount: 10, delta: Float32Array.of(-1, 1, 1) },
    ];
    const weightCap = 20_000;
    const fields = parts.map(
      ({ exampleCount, delta }, i) =>
        quantize(
          segments,
          { clipNorm: null, weightCap, exampleCount },
          delta,
          uniformSource(nodeCrypto, bytesOf(String(i))),
        ).quantized,
    );
    const sum = fields[0]!.map((field, i) => field + fields[1]![i]!);
    const over = { sites: 2, weightCap, exampleCount: 20_010 };
    const { mean } = dequantize(segments, over, sum);
    const [bound] = errorBound(segments, over).bounds;
    for (const [i, value] of mean.entries()) {
      const exact = (20_000 * parts[0]!.delta[i]! + 10 * parts[1]!.delta[i]!) / 20_010;
      assert(Math.abs(value - exact) <= bound!, `coordinate ${String(i)}: ${String(value - exact)}`);
    }
  });
});
