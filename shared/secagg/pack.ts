/**
 * Several narrow fields in one 32-bit word, before masking, at a width at which sums of fields cannot carry into each
 * other: masks and encryption see only words. Source: proto/spec/secure-sum.md, section 7.
 *
 * @module
 */
import { UsageError } from '../errors.ts';
import { fieldBits } from './field.ts';
import type { FieldWidth } from './field.ts';

/** A segment to be packed. */
export interface PackableSegment extends FieldWidth {
  readonly name: string;
  readonly length: number;
}

/** Where a segment's fields lie: its first word, and how many fields share one. Every segment begins a new word. */
export interface PackedSegment {
  readonly firstWord: number;
  readonly wordCount: number;
  readonly length: number;
  readonly fieldsPerWord: 1 | 2 | 3;
}

/**
 * How the segments are packed for sums of up to `maxSites` sites.
 *
 * @throws UsageError (modulusNotWord) if a word of the sum has not 32 bits.
 */
export function packingOf(
  segments: readonly PackableSegment[],
  maxSites: number,
  modulusBits: number,
): readonly PackedSegment[] {
  if (modulusBits !== 32) {
    throw new UsageError('modulusNotWord', `fields share words of 32 bits, and the modulus has ${modulusBits}`);
  }
  return placed(segments, (segment) => fieldsFor(fieldBits(segment) + Math.ceil(Math.log2(maxSites))));
}

/** The segments with a word for every field. */
export function onePerWord(segments: readonly PackableSegment[]): readonly PackedSegment[] {
  return placed(segments, () => 1);
}

function placed(
  segments: readonly PackableSegment[],
  fieldsPerWordOf: (segment: PackableSegment) => 1 | 2 | 3,
): readonly PackedSegment[] {
  let firstWord = 0;
  return segments.map((segment) => {
    const fieldsPerWord = fieldsPerWordOf(segment);
    const wordCount = Math.ceil(segment.length / fieldsPerWord);
    const packed = { firstWord, wordCount, length: segment.length, fieldsPerWord };
    firstWord += wordCount;
    return packed;
  });
}

/** Words of all segments together. */
export function packedWordCount(packing: readonly PackedSegment[]): number {
  return packing.reduce((sum, { wordCount }) => sum + wordCount, 0);
}

/** The fields in their words, the first of a word in its lowest bits, unused ones zero. */
export function packFields(packing: readonly PackedSegment[], fields: Uint32Array): Uint32Array {
  const words = new Uint32Array(packedWordCount(packing));
  let from = 0;
  for (const { firstWord, length, fieldsPerWord } of packing) {
    packInto(words.subarray(firstWord), fields.subarray(from, from + length), fieldsPerWord);
    from += length;
  }
  return words;
}

/** The sums of the fields, out of a sum of words. */
export function unpackFields(packing: readonly PackedSegment[], words: Uint32Array): Uint32Array {
  const fields = new Uint32Array(packing.reduce((sum, { length }) => sum + length, 0));
  let from = 0;
  for (const { firstWord, length, fieldsPerWord } of packing) {
    unpackInto(fields.subarray(from, from + length), words.subarray(firstWord), fieldsPerWord);
    from += length;
  }
  return fields;
}

/** Packs fields that begin a word into the first of `words`, which are zero. */
export function packInto(words: Uint32Array, fields: Uint32Array, fieldsPerWord: 1 | 2 | 3): void {
  if (fieldsPerWord === 1) {
    words.set(fields);
    return;
  }
  const width = widths[fieldsPerWord];
  for (let i = 0, word = 0; i < fields.length; word++) {
    for (let shift = 0; shift < fieldsPerWord * width && i < fields.length; shift += width) {
      words[word]! |= fields[i++]! << shift;
    }
  }
}

/** The mirror of `packInto`: fills `fields` from the first of `words`. */
export function unpackInto(fields: Uint32Array, words: Uint32Array, fieldsPerWord: 1 | 2 | 3): void {
  if (fieldsPerWord === 1) {
    fields.set(words.subarray(0, fields.length));
    return;
  }
  const width = widths[fieldsPerWord];
  const low = 2 ** width - 1;
  for (let i = 0, word = 0; i < fields.length; word++) {
    for (let shift = 0; shift < fieldsPerWord * width && i < fields.length; shift += width) {
      fields[i++] = (words[word]! >>> shift) & low;
    }
  }
}

/** Whether the first of `words`, which hold so many fields, have a bit set beside them. */
export function hasStrayBits(words: Uint32Array, fieldCount: number, fieldsPerWord: 1 | 2 | 3): boolean {
  const width = widths[fieldsPerWord];
  const whole = Math.floor(fieldCount / fieldsPerWord);
  const used = fieldsPerWord * width;
  if (used < 32) for (let i = 0; i < whole; i++) if (words[i]! >>> used !== 0) return true;
  const rest = fieldCount % fieldsPerWord;
  return rest > 0 && words[whole]! >>> (rest * width) !== 0;
}

/** The fields of a segment that lie within a part of the vector. */
export interface FieldsWithin {
  readonly firstField: number;
  readonly count: number;
  /** The word of the part in which the first of them lies. */
  readonly atWord: number;
}

/** Those of `segment` in the `wordCount` words from `firstWord` of the vector on. */
export function fieldsOf(segment: PackedSegment, firstWord: number, wordCount: number): FieldsWithin {
  const { fieldsPerWord, length } = segment;
  const from = Math.max(segment.firstWord, firstWord);
  const end = Math.min(segment.firstWord + segment.wordCount, firstWord + wordCount);
  const firstField = (from - segment.firstWord) * fieldsPerWord;
  const endField = Math.min(length, (end - segment.firstWord) * fieldsPerWord);
  return { firstField, count: Math.max(0, endField - firstField), atWord: from - firstWord };
}

/** Bits of a field, by the number of fields in a word. */
const widths = { 1: 32, 2: 16, 3: 10 } as const;

/** `need` is the bits of the greatest sum of a field. */
function fieldsFor(need: number): 1 | 2 | 3 {
  if (need <= widths[3]) return 3;
  return need <= widths[2] ? 2 : 1;
}
