/**
 * The fields of an aggregate, opened and checked part by part as it was cut into chunks. Source:
 * proto/spec/secure-sum.md, section 7.
 *
 * @module
 */
import { DecodeError, ProtocolError } from '#shared/errors';
import { segmentPlaces } from '#shared/governance/segments';
import type { SegmentPlace } from '#shared/governance/segments';
import { packingOfPlan, toSumParameters } from '#shared/governance/sum-parameters';
import type { Plan } from '#shared/governance/types';
import type { Model } from '#shared/model/apply';
import type { Cipher, Opener } from '#shared/secagg/cipher/cipher';
import { greatestField } from '#shared/secagg/field';
import { fieldsOf, hasStrayBits, unpackInto } from '#shared/secagg/pack';
import type { PackedSegment } from '#shared/secagg/pack';
import { areWithin } from '#shared/secagg/range-check';
import type { AggregatePublished } from '#shared/secagg/types';
import { aggregateLength, uploadCut } from '#shared/secagg/upload-cut';

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

/** Fields of one segment, checked. */
export interface OpenedPart {
  readonly place: SegmentPlace;
  readonly firstField: number;
  readonly fields: Uint32Array;
}

/** The segments of these names, part by part in their order. @throws ProtocolError (aggregateOutOfRange) */
export function* openedParts(
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

/** An aggregate that no honest sites gave. */
export function outOfRange(why: string): ProtocolError {
  return new ProtocolError('aggregateOutOfRange', `the aggregate cannot be a sum of honest contributions: ${why}`);
}
