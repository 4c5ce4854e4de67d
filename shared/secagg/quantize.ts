/**
 * From real numbers to integers and back: clip, weigh, hold to the segment's range, offset and round stochastically. All
 * arithmetic is float64. Source: proto/spec/secure-sum.md, section 6.
 *
 * @module
 */
import { UsageError } from '../errors.ts';
import { marginOf } from './field.ts';
import type { UniformSource } from './uniform-source.ts';

/** A part of the vector; segments follow one another. Values are within ±`range`, fields have `bits` bits. */
export interface Segment {
  readonly name: string;
  readonly length: number;
  readonly range: number;
  readonly bits: number;
  /** Standard deviation of one site's noise on the integer grid, when the plan asks for noise. */
  readonly localSigma?: number;
}

/** How a contribution is clipped and weighed; `null` where the plan does not. */
export interface Weighing {
  readonly clipNorm: number | null;
  readonly weightCap: number | null;
  readonly exampleCount: number;
}

/** The integers, and what clipping and weighing did. `norm` and `clipFactor` MUST NOT leave this site. */
export interface Quantized {
  readonly norm: number;
  readonly clipFactor: number;
  readonly weight: number;
  readonly quantized: Uint32Array;
}

/** Real sums over sites, and the mean. */
export interface Dequantized {
  readonly sum: Float64Array;
  readonly mean: Float64Array;
}

/** `2 range / (2^bits − 1)`: what one integer is worth. */
export function stepOf({ range, bits }: Pick<Segment, 'range' | 'bits'>): number {
  return (2 * range) / (2 ** bits - 1);
}

/**
 * `floor((y + range) / step + uniform)`, held to `[0, 2^bits − 1]`, with `y = weight · hold(delta · clipFactor)`,
 * `clipFactor = min(1, clipNorm / ‖delta‖)` and `weight = exampleCount / weightCap`.
 *
 * @throws UsageError (weightAboveCap) if the site has more examples than the cap; (lengthMismatch) if the segments are
 * not as long as the delta; (notFinite) if the delta holds NaN or infinity.
 */
export function quantize(
  segments: readonly Segment[],
  weighing: Weighing,
  delta: Float32Array | Float64Array,
  uniform: UniformSource,
): Quantized {
  expectTotal(segments, delta.length);
  const weight = weightOf(weighing);
  const norm = normOf(delta);
  const { clipNorm } = weighing;
  const clipFactor = clipNorm !== null && norm > clipNorm ? clipNorm / norm : 1;
  const quantized = new Uint32Array(delta.length);
  const uniforms = new Float64Array(Math.min(chunkLength, delta.length));
  for (const { segment, from } of withOffsets(segments)) {
    for (let at = 0; at < segment.length; at += chunkLength) {
      const end = Math.min(at + chunkLength, segment.length);
      const draws = uniforms.subarray(0, end - at);
      uniform(draws);
      const values = delta.subarray(from + at, from + end);
      quantizeChunk(segment, clipFactor, weight, values, draws, quantized.subarray(from + at, from + end));
    }
  }
  return { norm, clipFactor, weight, quantized };
}

/**
 * `sum_real = (sum − sites · margin) · step − sites · range`, and `mean = sum_real / sites`, or with a cap
 * `sum_real · weightCap / exampleCount`, the example count being that of all sites together.
 *
 * @throws UsageError (lengthMismatch) if the segments are not as long as the sum.
 */
export function dequantize(
  segments: readonly Segment[],
  { sites, weightCap, exampleCount }: SummedOver,
  sum: Uint32Array,
): Dequantized {
  expectTotal(segments, sum.length);
  const real = new Float64Array(sum.length);
  const mean = new Float64Array(sum.length);
  const numerator = weightCap ?? 1;
  const denominator = weightCap === null ? sites : exampleCount;
  for (const { segment, from } of withOffsets(segments)) {
    const step = stepOf(segment);
    const margins = sites * marginOf(segment.localSigma);
    const offset = sites * segment.range;
    for (let i = from; i < from + segment.length; i++) {
      const value = (sum[i]! - margins) * step - offset;
      real[i] = value;
      mean[i] = (value * numerator) / denominator;
    }
  }
  return { sum: real, mean };
}

/** What a sum was taken over: the sites of U3, and with a cap all their examples together. */
export interface SummedOver {
  readonly sites: number;
  readonly weightCap: number | null;
  readonly exampleCount: number;
}

/** Per segment, one integer's worth and the bound on the error of a coordinate of the mean. */
export interface ErrorBound {
  readonly steps: readonly number[];
  readonly bounds: readonly number[];
}

/** `|error of the mean| <= step`, or weighted by examples `step · sites · weightCap / exampleCount`. */
export function errorBound(segments: readonly Segment[], { sites, weightCap, exampleCount }: SummedOver): ErrorBound {
  const steps = segments.map(stepOf);
  const bounds = weightCap === null ? steps : steps.map((step) => (step * sites * weightCap) / exampleCount);
  return { steps, bounds };
}

/** Uniforms drawn at a time; also what stays in a core's cache. */
const chunkLength = 16_384;

function quantizeChunk(
  { range, bits }: Segment,
  clipFactor: number,
  weight: number,
  delta: Float32Array | Float64Array,
  uniforms: Float64Array,
  out: Uint32Array,
): void {
  const step = stepOf({ range, bits });
  const top = 2 ** bits - 1;
  for (let i = 0; i < delta.length; i++) {
    const x = delta[i]! * clipFactor;
    const y = (x < -range ? -range : x > range ? range : x) * weight;
    const field = (y + range) / step + uniforms[i]!; // never negative, so that storing it is the floor
    out[i] = field > top ? top : field;
  }
}

function weightOf({ weightCap, exampleCount }: Weighing): number {
  if (weightCap === null) return 1;
  if (exampleCount <= weightCap) return exampleCount / weightCap;
  throw new UsageError('weightAboveCap', 'this site has more examples than the weight cap of the plan: raise the cap');
}

/** Also finds what is not a number, for that makes the norm none. */
function normOf(delta: Float32Array | Float64Array): number {
  let squares = 0;
  for (const value of delta) squares += value * value;
  if (Number.isFinite(squares)) return Math.sqrt(squares);
  throw new UsageError('notFinite', 'the contribution holds NaN or infinity: look at the loss of the local training');
}

/** @throws UsageError (lengthMismatch) if the segments together are not as long as the vector. */
export function expectTotal(segments: readonly Segment[], length: number): void {
  const total = segments.reduce((sum, segment) => sum + segment.length, 0);
  if (total === length) return;
  throw new UsageError('lengthMismatch', `the segments have ${total} elements together, the vector ${length}`);
}

/** A segment and where it begins in the vector. */
export interface PlacedSegment {
  readonly segment: Segment;
  readonly from: number;
}

/** Each segment with the index of its first element. */
export function withOffsets(segments: readonly Segment[]): readonly PlacedSegment[] {
  let next = 0;
  return segments.map((segment) => {
    const from = next;
    next += segment.length;
    return { segment, from };
  });
}
