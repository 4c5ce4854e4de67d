/**
 * Reproducible pseudo-random numbers: Philox4x32-10, counter-based, so that a stream is given by its key alone and a
 * restarted program draws the same numbers. For data, initial weights, batches and augmentation; never for keys.
 *
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), section 3.2 and the known answers of
 * Random123.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { frame, label, type Part } from '#shared/codec/frame';

/** One stream; every call draws the next number. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal (Box and Muller). */
  normal(): number;
  /** About standard normal, several times faster: the sum of a word's four bytes. For noise, bounded by 3.5. */
  roughNormal(): number;
  /** Adds what `roughNormal` would draw, times `sd`, to each value from `from` up to `to`. */
  addNoise(values: Float32Array, sd: number, from: number, to: number): void;
  /** Uniform among 0 to `below` - 1. */
  integer(below: number): number;
}

/** The multipliers and key increments of the two halves of a block. */
const [multiplier0, multiplier1] = [0xd2511f53, 0xcd9e8d57];
const [increment0, increment1] = [0x9e3779b9, 0xbb67ae85];

/** Standard deviation of the sum of four uniform bytes. */
const fourBytesSd = Math.sqrt((4 * (256 ** 2 - 1)) / 12);

/** The sum of a word's four bytes, less its mean. */
function bytesAboutZero(bits: number): number {
  const pairs = (bits & 0xff00ff) + ((bits >>> 8) & 0xff00ff);
  return (pairs & 0xffff) + (pairs >>> 16) - 510;
}

/** The high 32 bits of the product of two 32-bit words, as a signed word: the engine keeps those in registers. */
function highProduct(a: number, b: number): number {
  const a1 = a >>> 16;
  const a0 = a & 0xffff;
  const b1 = b >>> 16;
  const b0 = b & 0xffff;
  // No sum overflows 32 bits: (2^16 - 1)^2 + 2^16 - 1 < 2^32.
  const middle = (Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16)) | 0;
  const carry = (Math.imul(a0, b1) + (middle & 0xffff)) | 0;
  return (Math.imul(a1, b1) + (middle >>> 16) + (carry >>> 16)) | 0;
}

/** The four words that Philox4x32-10 gives for a counter (four words) under a key (two words). */
export function philox(counter: Uint32Array, key: Uint32Array, out: Uint32Array): void {
  let c0 = counter[0]! | 0;
  let c1 = counter[1]! | 0;
  let c2 = counter[2]! | 0;
  let c3 = counter[3]! | 0;
  let k0 = key[0]! | 0;
  let k1 = key[1]! | 0;
  for (let round = 0; round < 10; round++) {
    const high0 = highProduct(multiplier0, c0);
    const high1 = highProduct(multiplier1, c2);
    const low0 = Math.imul(multiplier0, c0);
    const low1 = Math.imul(multiplier1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + increment0) | 0;
    k1 = (k1 + increment1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** The stream that belongs to a seed and a use, such as `randomFor(seed, 'batches', epoch)`. */
export function randomFor(seed: number, ...use: readonly Part[]): Random {
  const digest = createHash('sha256')
    .update(frame(label('random'), seed, ...use))
    .digest();
  const key = Uint32Array.of(digest.readUInt32BE(0), digest.readUInt32BE(4));
  const counter = new Uint32Array(4);
  const block = new Uint32Array(4);
  let used = 4;
  const word = (): number => {
    if (used === 4) {
      philox(counter, key, block);
      counter[0] = counter[0]! + 1;
      used = 0;
    }
    return block[used++]!;
  };
  let spare: number | undefined;
  const uniform = (): number => word() / 2 ** 32;
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log((word() + 0.5) / 2 ** 32));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  const roughNormal = (): number => bytesAboutZero(word()) / fourBytesSd;
  const addNoise = (values: Float32Array, sd: number, from: number, to: number): void => {
    const factor = sd / fourBytesSd;
    for (let at = from; at < to; at++) values[at]! += factor * bytesAboutZero(word());
  };
  return { uniform, normal, roughNormal, addNoise, integer: (below) => Math.floor(uniform() * below) };
}

/** The items in random order (Fisher and Yates); the argument is left alone. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const held = out[i]!;
    out[i] = out[j]!;
    out[j] = held;
  }
  return out;
}
