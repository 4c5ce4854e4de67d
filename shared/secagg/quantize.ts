/**
 * From real numbers to integers and back: clip, weigh, hold to the segment's range, offset and round stochastically. All
 * arithmetic is float64. Source: proto/spec/secure-sum.md, section 6.
 *
 * @module
 */
import { UsageError } from '../errors.ts';
import { marginOf } from './field.ts';
import { forBlocks, kernel } from './kernel/kernel.ts';
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

/** What clipping and weighing do to every coordinate. `norm` and `clipFactor` MUST NOT leave this site. */
export interface Scaling {
  readonly norm: number;
  readonly clipFactor: number;
  readonly weight: number;
}

/** The integers, and what clipping and weighing did. */
export interface Quantized extends Scaling {
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
 * `floor((y + range) / step + uniform)`, held to `[0, 2^bits − 1]`, with `y = weight · hold(delta · clipFactor)`.
 *
 * @throws UsageError (weightAboveCap) and (notFinite) as `scalingOf`; (lengthMismatch) if the segments are not as long as
 * the delta.
 */
export function quantize(
  segments: readonly Segment[],
  weighing: Weighing,
  delta: Float32Array | Float64Array,
  uniform: UniformSource,
): Quantized {
  expectTotal(segments, delta.length);
  const scaling = scalingOf(weighing, delta);
  const quantized = new Uint32Array(delta.length);
  for (const { segment, from } of withOffsets(segments)) {
    const end = from + segment.length;
    quantizeInto(quantized.subarray(from, end), segment, scaling, delta.subarray(from, end), uniform);
  }
  return { ...scaling, quantized };
}

/**
 * `clipFactor = min(1, clipNorm / ‖delta‖)` and `weight = exampleCount / weightCap`. The delta is the whole one, for its
 * norm is.
 *
 * @throws UsageError (weightAboveCap) if the site has more examples than the cap; (notFinite) if the delta holds NaN or
 * infinity.
 */
export function scalingOf(weighing: Weighing, delta: Float32Array | Float64Array): Scaling {
  const weight = weightOf(weighing);
  const norm = normOf(delta);
  const { clipNorm } = weighing;
  return { norm, clipFactor: clipNorm !== null && norm > clipNorm ? clipNorm / norm : 1, weight };
}

/**
 * `quantize` for a part of a segment: `values` are that part, `uniform` gives the number of its first value next, and
 * `out`, as long, receives the integers; it may lie in the memory of `values`. However a segment is cut into parts, the
 * integers are the same.
 */
export function quantizeInto(
  out: Uint32Array,
  { range, bits }: Segment,
  { clipFactor, weight }: Scaling,
  values: Float32Array | Float64Array,
  uniform: UniformSource,
): void {
  const scale = { clipFactor, range, weight, step: stepOf({ range, bits }), top: 2 ** bits - 1 };
  forBlocks(values.length, (from, count) => {
    uniform(kernel.draws.subarray(0, count));
    kernel.values.set(values.subarray(from, from + count));
    kernel.quantize(count, scale);
    out.set(kernel.words.subarray(0, count), from);
  });
}

/**
 * `sum_real = (sum − sites · margin) · step − sites · range`, and `mean = sum_real / sites`, or with a cap
 * `sum_real · weightCap / exampleCount`, the example count being that of all sites together.
 *
 * @throws UsageError (lengthMismatch) if the segments are not as long as the sum.
 */
export function dequantize(segments: readonly Segment[], over: SummedOver, sum: Uint32Array): Dequantized {
  expectTotal(segments, sum.length);
  const real = new Float64Array(sum.length);
  const mean = new Float64Array(sum.length);
  for (const { segment, from: first } of withOffsets(segments)) {
    openBlocks(segment, over, sum.subarray(first, first + segment.length), (from, count) => {
      real.set(kernel.values.subarray(0, count), first + from);
      mean.set(kernel.draws.subarray(0, count), first + from);
    });
  }
  return { sum: real, mean };
}

/** The mean alone, of a segment or a part of one: `out` is as long as `sum` and receives it, rounded to its type. */
export function meanInto(out: Float32Array | Float64Array, segment: Segment, over: SummedOver, sum: Uint32Array): void {
  openBlocks(segment, over, sum, (from, count) => {
    out.set(kernel.draws.subarray(0, count), from);
  });
}

/** `use` finds the sum of each block in `kernel.values` and its mean in `kernel.draws`. */
function openBlocks(
  segment: Segment,
  { sites, weightCap, exampleCount }: SummedOver,
  sum: Uint32Array,
  use: (from: number, count: number) => void,
): void {
  const scale = {
    margins: sites * marginOf(segment.localSigma),
    step: stepOf(segment),
    offset: sites * segment.range,
    numerator: weightCap ?? 1,
    denominator: weightCap === null ? sites : exampleCount,
  };
  forBlocks(sum.length, (from, count) => {
    kernel.words.set(sum.subarray(from, from + count));
    kernel.dequantize(count, scale);
    use(from, count);
  });
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

function weightOf({ weightCap, exampleCount }: Weighing): number {
  if (weightCap === null) return 1;
  if (exampleCount <= weightCap) return exampleCount / weightCap;
  throw new UsageError('weightAboveCap', 'this site has more examples than the weight cap of the plan: raise the cap');
}

/** One square after the other, as the spec has it. Also finds what is not a number, for that makes the norm none. */
function normOf(delta: Float32Array | Float64Array): number {
  let squares = 0;
  forBlocks(delta.length, (from, count) => {
    kernel.values.set(delta.subarray(from, from + count));
    squares = addSquares(squares, kernel.values, count);
  });
  if (Number.isFinite(squares)) return Math.sqrt(squares);
  throw new UsageError('notFinite', 'the contribution holds NaN or infinity: look at the loss of the local training');
}

/** Sees one type of array, or it is several times slower. */
function addSquares(squares: number, values: Float64Array, count: number): number {
  for (let i = 0; i < count; i++) squares += values[i]! * values[i]!;
  return squares;
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
