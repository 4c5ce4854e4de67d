/**
 * Noise on the integers of a contribution, for differential privacy. It is not held to the range, which would spoil the
 * claim: the field is wider by a margin instead. Source: proto/spec/secure-sum.md, section 6.
 *
 * @module
 */
import { fieldBits, marginOf } from './field.ts';
import { expectTotal, withOffsets } from './quantize.ts';
import type { Segment } from './quantize.ts';

/** The noisy integers, and the margin and width of each segment's fields. */
export interface Noisy {
  readonly margins: readonly number[];
  readonly fieldBits: readonly number[];
  readonly noisy: Uint32Array;
}

/**
 * `noisy = quantized + noise + margin`, never held to the range. `draw(i)` gives a further integer for coordinate i; the
 * first one within ±margin is its noise. Segments without noise draw nothing.
 *
 * @throws UsageError (lengthMismatch) if the segments are not as long as the vector.
 */
export function addNoise(
  segments: readonly Segment[],
  quantized: Uint32Array,
  draw: (coordinate: number) => number,
): Noisy {
  expectTotal(segments, quantized.length);
  const noisy = quantized.slice();
  for (const { segment, from } of withOffsets(segments)) {
    if (segment.localSigma === undefined) continue;
    const margin = marginOf(segment.localSigma);
    for (let i = from; i < from + segment.length; i++) noisy[i]! += firstWithin(margin, i, draw) + margin;
  }
  return { margins: segments.map(({ localSigma }) => marginOf(localSigma)), fieldBits: segments.map(fieldBits), noisy };
}

function firstWithin(margin: number, coordinate: number, draw: (coordinate: number) => number): number {
  let noise = draw(coordinate);
  while (Math.abs(noise) > margin) noise = draw(coordinate);
  return noise;
}
