/**
 * The kernel in JavaScript, for platforms without WebAssembly SIMD, and the definition that `kernel.wat` is tested
 * against. Words are added through signed views: a value above 2^31 leaves the engine's integers and costs ten times as
 * much.
 *
 * @module
 */
/** Words of a block. */
export const blockWords = 16_384;

/** What a field is made with; the letters are those of `quantize`. */
export interface FieldScale {
  readonly clipFactor: number;
  readonly range: number;
  readonly weight: number;
  readonly step: number;
  /** The greatest field. */
  readonly top: number;
}

/** What a sum of fields is turned back into numbers with; the letters are those of `dequantize`. */
export interface SumScale {
  readonly margins: number;
  readonly step: number;
  readonly offset: number;
  readonly numerator: number;
  readonly denominator: number;
}

/**
 * One block of memory and what is done in it. `count` is 1 to `blockWords`. A call reads and writes the parts that it
 * names, up to `count`; all else is undefined afterwards. Everything is synchronous and nobody keeps anything in here, so
 * one kernel serves a whole thread.
 */
export interface Kernel {
  readonly words: Uint32Array;
  readonly stream: Uint32Array;
  /** The bytes of `stream`: packed words. */
  readonly packed: Uint8Array;
  readonly values: Float64Array;
  readonly draws: Float64Array;
  /** `words += stream mod 2^32`. */
  add(count: number): void;
  /** `words -= stream mod 2^32`. */
  subtract(count: number): void;
  /** `packed` = the low `bits` of each of `words`, the first in the lowest bits; 1 to 32. What is left of the last byte is 0. */
  pack(count: number, bits: number): void;
  /** `words += packed mod 2^32`, which holds words of so many bits. */
  addPacked(count: number, bits: number): void;
  /** `words = min(top, floor((hold(values · clipFactor) · weight + range) / step + draws))`, `hold` being to ±range. */
  quantize(count: number, scale: FieldScale): void;
  /** `values = (words − margins) · step − offset`, `draws = values · numerator / denominator`. */
  dequantize(count: number, scale: SumScale): void;
}

/** A kernel with memory of its own. */
export function plainKernel(): Kernel {
  const words = new Uint32Array(blockWords);
  const stream = new Uint32Array(blockWords);
  const sum = new Int32Array(words.buffer);
  const mask = new Int32Array(stream.buffer);
  const packed = new Uint8Array(stream.buffer);
  const values = new Float64Array(blockWords);
  const draws = new Float64Array(blockWords);
  return {
    words,
    stream,
    packed,
    values,
    draws,
    add: (count) => {
      for (let i = 0; i < count; i++) sum[i] = (sum[i]! + mask[i]!) | 0;
    },
    subtract: (count) => {
      for (let i = 0; i < count; i++) sum[i] = (sum[i]! - mask[i]!) | 0;
    },
    pack: (count, bits) => {
      packBits(sum, count, bits, packed);
    },
    addPacked: (count, bits) => {
      addBits(packed, count, bits, sum);
    },
    quantize: (count, { clipFactor, range, weight, step, top }) => {
      for (let i = 0; i < count; i++) {
        const x = values[i]! * clipFactor;
        const y = (x < -range ? -range : x > range ? range : x) * weight;
        const field = (y + range) / step + draws[i]!; // never negative, so that storing it is the floor
        words[i] = field > top ? top : field;
      }
    },
    dequantize: (count, { margins, step, offset, numerator, denominator }) => {
      for (let i = 0; i < count; i++) {
        const value = (words[i]! - margins) * step - offset;
        values[i] = value;
        draws[i] = (value * numerator) / denominator;
      }
    },
  };
}

/** Byte by byte: `filled` bits of the byte at `at` are taken; what a store cuts off of a word goes into the next byte. */
function packBits(words: Int32Array, count: number, bits: number, packed: Uint8Array): void {
  packed.fill(0, 0, Math.ceil((count * bits) / 8));
  let at = 0;
  let filled = 0;
  for (let i = 0; i < count; i++) {
    let word = words[i]!;
    for (let rest = bits; rest > 0;) {
      const taken = Math.min(8 - filled, rest);
      packed[at]! |= (word & ((1 << taken) - 1)) << filled;
      word >>>= taken;
      rest -= taken;
      filled = (filled + taken) & 7;
      if (filled === 0) at += 1;
    }
  }
}

/** The mirror of `packBits`. */
function addBits(packed: Uint8Array, count: number, bits: number, sum: Int32Array): void {
  let at = 0;
  let read = 0;
  for (let i = 0; i < count; i++) {
    let word = 0;
    for (let have = 0; have < bits;) {
      const taken = Math.min(8 - read, bits - have);
      word |= ((packed[at]! >>> read) & ((1 << taken) - 1)) << have;
      have += taken;
      read = (read + taken) & 7;
      if (read === 0) at += 1;
    }
    sum[i] = (sum[i]! + word) | 0;
  }
}
