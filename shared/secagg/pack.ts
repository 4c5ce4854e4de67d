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
    const width = widths[fieldsPerWord];
    for (let i = 0; i < length; i++) {
      words[firstWord + Math.floor(i / fieldsPerWord)]! |= fields[from + i]! << (width * (i % fieldsPerWord));
    }
    from += length;
  }
  return words;
}

/** The sums of the fields, out of a sum of words. */
export function unpackFields(packing: readonly PackedSegment[], words: Uint32Array): Uint32Array {
  const fields = new Uint32Array(packing.reduce((sum, { length }) => sum + length, 0));
  let from = 0;
  for (const { firstWord, length, fieldsPerWord } of packing) {
    const width = widths[fieldsPerWord];
    const low = 2 ** width - 1;
    for (let i = 0; i < length; i++) {
      const word = words[firstWord + Math.floor(i / fieldsPerWord)]!;
      fields[from + i] = (word >>> (width * (i % fieldsPerWord))) & low;
    }
    from += length;
  }
  return fields;
}

/** Bits of a field, by the number of fields in a word. */
const widths = { 1: 32, 2: 16, 3: 10 } as const;

/** `need` is the bits of the greatest sum of a field. */
function fieldsFor(need: number): 1 | 2 | 3 {
  if (need <= widths[3]) return 3;
  return need <= widths[2] ? 2 : 1;
}
