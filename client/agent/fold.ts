/**
 * From the aggregate to the next model: every site does this for itself, and all come to the same bits. The aggregate is
 * opened, checked and applied part by part, as it was cut into chunks.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { DecodeError, ProtocolError, UsageError } from '#shared/errors';
import { rowPlaces, segmentPlaces } from '#shared/governance/segments';
import type { RowPlace, SegmentPlace } from '#shared/governance/segments';
import { toServerOptimizer } from '#shared/governance/server-optimizer';
import { packingOfPlan, toSumParameters } from '#shared/governance/sum-parameters';
import type { Plan } from '#shared/governance/types';
import { applyAggregate } from '#shared/model/apply';
import type { Model, ServerOptimizer } from '#shared/model/apply';
import type { Cipher, Opener } from '#shared/secagg/cipher/cipher';
import { greatestField } from '#shared/secagg/field';
import { fieldsOf, hasStrayBits, unpackInto } from '#shared/secagg/pack';
import type { PackedSegment } from '#shared/secagg/pack';
import { meanInto } from '#shared/secagg/quantize';
import type { SummedOver } from '#shared/secagg/quantize';
import { areWithin } from '#shared/secagg/range-check';
import type { AggregatePublished } from '#shared/secagg/types';
import { aggregateByteLength, aggregateLength, uploadCut } from '#shared/secagg/upload-cut';
import { equalBytes } from '#shared/util/bytes';

const pieceBytes = 2 ** 20;

/** What a round gave: the next model, and what the sums say of all sites together. */
export interface Folded {
  readonly model: Model;
  /** Of all sites of U3 together; `null` where the plan does not weigh. */
  readonly exampleCount: number | null;
  /** Mean over U3, in nats; `null` where the plan does not ask for it. */
  readonly trainingLossNats: number | null;
  /** The sums of the counts of all sites; `null` where nobody counted. */
  readonly evaluation: readonly number[] | null;
}

/** What is folded, and how it is opened. The data key MUST NOT leave this site. */
export interface Folding {
  readonly plan: Plan;
  readonly model: Model;
  readonly published: AggregatePublished;
  /** The ctx of the attempt that was summed. */
  readonly context: Uint8Array;
  /** `null` without encryption. */
  readonly dataKey: Uint8Array | null;
}

/** The bytes of an aggregate, wherever they are: `length` of them from `from` on, fewer at the end. */
export type AggregateBytes = (from: number, length: number) => Uint8Array;

/**
 * The model after an aggregate.
 *
 * @throws ProtocolError (commitmentMismatch) if the bytes are not those that were published, (aggregateOutOfRange) if they
 * cannot be a sum of |U3| honest vectors. Nothing is applied then.
 */
export function foldAggregate(cipher: Cipher, folding: Folding, bytes: AggregateBytes): Folded {
  expectPublished(folding, bytes);
  const { plan, published } = folding;
  const sites = published.u3.length;
  const rows = rowPlaces(plan);
  const isRows = (name: string): boolean => rows.some((place) => place.name === name);
  const small = new Map<string, Uint32Array>();
  for (const { place, firstField, fields } of openedParts(
    cipher,
    folding,
    bytes,
    (name) => !isDelta(name) && !isRows(name),
  )) {
    const whole = small.get(place.name) ?? new Uint32Array(place.length);
    whole.set(fields, firstField);
    small.set(place.name, whole);
  }
  const exampleCount = counted(small.get('exampleCount'));
  const over = { sites, weightCap: plan.sum.weightCap, exampleCount: exampleCount ?? sites };
  const model = applied(folding, over, openedParts(cipher, folding, bytes, isDelta));
  for (const place of rows) {
    const parts = openedParts(cipher, folding, bytes, (name) => name === place.name);
    moveRows(folding, model, place, small.get(place.weights)!, parts); // the plan's rules: they go together
  }
  const trainingLossNats = lossOf(plan, small.get('trainingLoss'), over);
  return { model, exampleCount, trainingLossNats, evaluation: countsOf(small.get('evaluation')) };
}

function countsOf(fields: Uint32Array | undefined): readonly number[] | null {
  return fields?.some((count) => count > 0) === true ? [...fields] : null;
}

function lossOf(plan: Plan, fields: Uint32Array | undefined, over: SummedOver): number | null {
  const segment = plan.sum.segments.find(({ name }) => name === 'trainingLoss');
  if (segment === undefined || fields === undefined) return null;
  const mean = new Float64Array(1);
  meanInto(mean, segment, over, fields);
  return mean[0]!;
}

/** Fields of one segment, checked. */
interface OpenedPart {
  readonly place: SegmentPlace;
  readonly firstField: number;
  readonly fields: Uint32Array;
}

/** The segments of these names, part by part in their order. @throws ProtocolError (aggregateOutOfRange) */
function* openedParts(
  cipher: Cipher,
  { plan, published: { u3 }, context, dataKey }: Folding,
  bytes: AggregateBytes,
  isWanted: (name: string) => boolean,
): Generator<OpenedPart> {
  const parameters = toSumParameters(plan);
  const cut = uploadCut(parameters);
  const wanted = segmentsOf(plan).filter(({ place }) => isWanted(place.name));
  const [first, last] = [wanted[0]?.packed, wanted.at(-1)?.packed];
  if (first === undefined || last === undefined) return;
  const firstIndex = cut.indexOf(first.firstWord);
  const opener = cipher.opener({ dataKey, context, u3, firstWord: cut.firstWordOf(firstIndex) });
  try {
    for (let index = firstIndex; index <= cut.indexOf(last.firstWord + last.wordCount - 1); index++) {
      const firstWord = cut.firstWordOf(index);
      const wordCount = cut.wordsOf(index);
      const part = bytes(aggregateLength(parameters, firstWord), aggregateLength(parameters, wordCount));
      const words = openedWords(opener, part, wordCount);
      for (const segment of wanted) {
        const { atWord, ...within } = fieldsOf(segment.packed, firstWord, wordCount);
        if (within.count > 0) yield checkedPart(segment, words.subarray(atWord), within, u3.length);
      }
    }
  } finally {
    opener.dispose();
  }
}

/** A segment, and where its fields lie. */
interface FoldedSegment {
  readonly place: SegmentPlace;
  readonly packed: PackedSegment;
}

function segmentsOf(plan: Plan): readonly FoldedSegment[] {
  const packing = packingOfPlan(plan);
  return segmentPlaces(plan.sum.segments).map((place, i) => ({ place, packed: packing[i]! })); // one for each segment
}

/** > Every field within |U3| times its largest value, unused bits zero. */
function checkedPart(
  { place, packed: { fieldsPerWord } }: FoldedSegment,
  words: Uint32Array,
  { firstField, count }: { readonly firstField: number; readonly count: number },
  sites: number,
): OpenedPart {
  const fields = new Uint32Array(count);
  unpackInto(fields, words, fieldsPerWord);
  if (hasStrayBits(words, count, fieldsPerWord) || !areWithin(fields, sites * greatestField(place)))
    throw outOfRange(`segment ${place.name}`);
  return { place, firstField, fields };
}

/** Bytes that are no sum under this key are no better than fields out of range. */
function openedWords(opener: Opener, part: Uint8Array, wordCount: number): Uint32Array {
  try {
    return opener.open(part, wordCount);
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw outOfRange(cause.message);
  }
}

/** Only one part of the mean is there at a time. An aggregate that leaves the numbers is no better than one out of range. */
function applied({ plan, model }: Folding, over: SummedOver, parts: Iterable<OpenedPart>): Model {
  const optimizer = toServerOptimizer(plan);
  const next = {
    round: model.round + 1,
    weights: new Float32Array(model.weights.length),
    momentum: model.momentum.slice(),
    secondMoment: model.secondMoment.slice(),
  };
  for (const part of parts) {
    const end = part.firstField + part.fields.length;
    const before = {
      round: model.round,
      weights: model.weights.subarray(part.firstField, end),
      momentum: model.momentum.subarray(part.firstField, end),
      secondMoment: model.secondMoment.subarray(part.firstField, end),
    };
    const after = appliedPart(optimizer, before, meanOf(Float32Array, part, over));
    for (const name of ['weights', 'momentum', 'secondMoment'] as const) {
      if (after[name].length > 0) next[name].set(after[name], part.firstField); // an optimiser may have none
    }
  }
  return next;
}

function appliedPart(optimizer: ServerOptimizer, before: Model, mean: Float32Array): Model {
  try {
    return applyAggregate(optimizer, before, mean);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw outOfRange(cause.message);
  }
}

/**
 * Writes the rows into `next`: each becomes itself plus the mean of its changes over the sites, every site weighing by
 * its own weight for that row; a row for which nobody weighs stays. No server optimiser: a row is a mean and no step.
 */
function moveRows(
  { plan, model, published }: Folding,
  next: Model,
  { from, width, weights: weightsName }: RowPlace,
  weights: Uint32Array,
  parts: Iterable<OpenedPart>,
): void {
  const cap = greatestField(plan.sum.segments.find(({ name }) => name === weightsName)!); // as `weights`
  for (const { place, firstField, fields } of parts) {
    for (let at = 0; at < fields.length;) {
      const row = Math.floor((firstField + at) / width);
      const end = Math.min(fields.length, (row + 1) * width - firstField);
      const first = from + firstField + at;
      const before = { ...model, weights: model.weights.subarray(first, first + end - at) };
      next.weights.set(before.weights, first);
      if (weights[row]! > 0) {
        const over = { sites: published.u3.length, weightCap: cap, exampleCount: weights[row]! };
        const mean = meanOf(Float32Array, { place, fields: fields.subarray(at, end) }, over);
        next.weights.set(
          appliedPart(plainMean, { ...before, momentum: none, secondMoment: none }, mean).weights,
          first,
        );
      }
      at = end;
    }
  }
}

const plainMean: ServerOptimizer = { name: 'fedAvg', serverLearningRate: 1 };
const none = new Float32Array(0);

function meanOf<T extends Float32Array | Float64Array>(
  ArrayOf: new (length: number) => T,
  { place, fields }: Pick<OpenedPart, 'place' | 'fields'>,
  over: SummedOver,
): T {
  const mean = new ArrayOf(fields.length);
  meanInto(mean, { ...place, length: fields.length }, over, fields);
  return mean;
}

/** @throws ProtocolError (commitmentMismatch) */
function expectPublished({ plan, published }: Folding, bytes: AggregateBytes): void {
  const length = aggregateByteLength(toSumParameters(plan));
  const hash = createHash('sha256');
  let read = 0;
  for (let piece = bytes(0, pieceBytes); piece.length > 0 && read <= length; piece = bytes(read, pieceBytes)) {
    hash.update(piece);
    read += piece.length;
  }
  if (read === length && equalBytes(new Uint8Array(hash.digest()), published.aggregateHash)) return;
  throw new ProtocolError('commitmentMismatch', `the aggregate of round ${published.round} is not the one published`, {
    culprits: ['coordinator'],
  });
}

/** The sum of the counts as it is; nobody trains on nothing, so a sum of zero is no sum of honest counts. */
function counted(fields: Uint32Array | undefined): number | null {
  if (fields === undefined) return null;
  const count = fields[0] ?? 0;
  if (count > 0) return count;
  throw outOfRange('the sites have no examples together');
}

function isDelta(name: string): boolean {
  return name === 'delta';
}

function outOfRange(why: string): ProtocolError {
  return new ProtocolError('aggregateOutOfRange', `the aggregate cannot be a sum of honest contributions: ${why}`);
}
