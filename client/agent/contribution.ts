/**
 * From a local round to the integers that a site gives: the delta clipped, weighed and rounded, the example count as it
 * is, the loss weighed like the delta, rows weighed by weights of their own, several narrow ones in a word where the plan packs them. Nothing else is in the
 * vector. It is made chunk by chunk. Source: proto/spec/secure-sum.md, sections 6 and 7.
 *
 * @module
 */
import { UsageError } from '#shared/errors';
import { rowPlaces, segmentPlaces } from '#shared/governance/segments';
import type { RowPlace, SegmentPlace } from '#shared/governance/segments';
import { packingOfPlan, toSumParameters } from '#shared/governance/sum-parameters';
import type { Plan } from '#shared/governance/types';
import { greatestField } from '#shared/secagg/field';
import { fieldsOf, packInto } from '#shared/secagg/pack';
import type { PackedSegment } from '#shared/secagg/pack';
import { quantizeInto, scalingOf } from '#shared/secagg/quantize';
import type { UniformSource } from '#shared/secagg/uniform-source';
import { uploadCut } from '#shared/secagg/upload-cut';

/** What local training gives. MUST NOT leave this site but through the secure sum. */
export interface Contribution {
  readonly delta: Float32Array;
  readonly exampleCount: number;
  readonly lossNats: number;
  readonly rows: readonly RowValues[];
  /** Counts of the test pairs; `null` in a round in which nobody counts, or with too few patients. */
  readonly evaluation: Int32Array | null;
}

/** The rows of one segment: their change, and the whole number that each counts with. */
export interface RowValues {
  readonly name: string;
  /** Row after row. */
  readonly delta: Float32Array;
  readonly weights: Int32Array;
}

/**
 * The vector x of a contribution, chunk by chunk as it is uploaded; each is valid until the next.
 *
 * @throws UsageError (weightAboveCap) if this site has more examples than the plan's weight cap, (notFinite) if the
 * training diverged, (lengthMismatch) if the delta is not as long as the plan's model.
 */
export function* contributionChunks(
  plan: Plan,
  contribution: Contribution,
  uniform: UniformSource,
): Generator<Uint32Array> {
  const packing = packingOfPlan(plan);
  const sources = segmentPlaces(plan.sum.segments).map((place, i) => ({
    packed: packing[i]!, // of the same segments
    fill: fieldSource(plan, place, contribution, uniform),
  }));
  const cut = uploadCut(toSumParameters(plan));
  for (let index = 0; index < cut.chunkCount; index++) {
    const words = new Uint32Array(cut.wordsOf(index));
    for (const { packed, fill } of sources) fillWords(words, cut.firstWordOf(index), packed, fill);
    yield words;
  }
}

/** @throws UsageError (weightAboveCap) if `exampleCount` is more than the plan lets a site weigh. */
export function checkWeight({ sum: { weightCap } }: Plan, exampleCount: number): void {
  if (weightCap === null || exampleCount <= weightCap) return;
  throw new UsageError(
    'weightAboveCap',
    `this site has more training pairs than the plan's weight cap of ${weightCap}: ask for a plan with a greater one`,
  );
}

/** Fills `out` with the fields of a segment from field `from` on; asked for in order, each once. */
type FieldSource = (out: Uint32Array, from: number) => void;

/** The fields of `segment` that lie in these words, which begin at word `firstWord` of the vector. */
function fillWords(words: Uint32Array, firstWord: number, segment: PackedSegment, fill: FieldSource): void {
  const part = fieldsOf(segment, firstWord, words.length);
  if (part.count === 0) return;
  const fields = new Uint32Array(part.count);
  fill(fields, part.firstField);
  packInto(words.subarray(part.atWord), fields, segment.fieldsPerWord);
}

function fieldSource(
  plan: Plan,
  segment: SegmentPlace,
  { delta, exampleCount, lossNats, rows, evaluation }: Contribution,
  uniform: UniformSource,
): FieldSource {
  const { clipNorm, weightCap } = plan.sum;
  for (const place of rowPlaces(plan)) {
    if (place.name === segment.name) return rowFields(plan, segment, place, rowsNamed(rows, place.name), uniform);
    if (place.weights === segment.name) return countFields(segment, rowsNamed(rows, place.name).weights);
  }
  switch (segment.name) {
    case 'delta':
      return rounded(segment, { clipNorm, weightCap, exampleCount }, delta, uniform);
    case 'exampleCount':
      return (out) => {
        out[0] = exampleCount;
      };
    case 'evaluation':
      return countFields(segment, evaluation ?? new Int32Array(segment.length));
    case 'trainingLoss':
      return rounded(segment, { clipNorm: null, weightCap, exampleCount }, Float64Array.of(lossNats), uniform);
    default:
      throw new UsageError('badPlan', `this version knows no segment called ${segment.name}`);
  }
}

function rowsNamed(rows: readonly RowValues[], name: string): RowValues {
  const found = rows.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new UsageError('badPlan', `the plan asks for the segment ${name}, and its method gives none`);
}

/** A count above what its field holds counts as that much. */
function countFields(segment: SegmentPlace, weights: Int32Array): FieldSource {
  expectLength(segment, weights.length);
  return (out, from) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.min(weights[from + i]!, greatestField(segment));
  };
}

/** Every row is weighed by its own weight over the greatest that a weight's field holds. */
function rowFields(
  { sum }: Plan,
  segment: SegmentPlace,
  { weights: weightsName, width }: RowPlace,
  { delta, weights }: RowValues,
  uniform: UniformSource,
): FieldSource {
  expectLength(segment, delta.length);
  const cap = greatestField(sum.segments.find(({ name }) => name === weightsName)!); // the plan's rules: they go together
  const whole = scalingOf({ clipNorm: null, weightCap: null, exampleCount: 1 }, delta);
  return (out, from) => {
    for (let at = 0; at < out.length;) {
      const row = Math.floor((from + at) / width);
      const end = Math.min(out.length, (row + 1) * width - from);
      const scaling = { ...whole, weight: Math.min(weights[row]!, cap) / cap };
      quantizeInto(out.subarray(at, end), segment, scaling, delta.subarray(from + at, from + end), uniform);
      at = end;
    }
  };
}

function expectLength({ name, length }: SegmentPlace, found: number): void {
  if (found === length) return;
  throw new UsageError('lengthMismatch', `${name} has ${found} numbers, the plan ${length}`);
}

function rounded(
  segment: SegmentPlace,
  weighing: Parameters<typeof scalingOf>[0],
  values: Float32Array | Float64Array,
  uniform: UniformSource,
): FieldSource {
  expectLength(segment, values.length);
  const scaling = scalingOf(weighing, values);
  return (out, from) => {
    quantizeInto(out, segment, scaling, values.subarray(from, from + out.length), uniform);
  };
}
