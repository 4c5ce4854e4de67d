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
  /** Uniform among 0 to `below` - 1. */
  integer(below: number): number;
}

const multipliers = [0xd2511f53, 0xcd9e8d57] as const;
const weyl = [0x9e3779b9, 0xbb67ae85] as const;

/** Standard deviation of the sum of four uniform bytes. */
const fourBytesSd = Math.sqrt((4 * (256 ** 2 - 1)) / 12);

/** The high 32 bits of the product of two 32-bit words. */
function highProduct(a: number, b: number): number {
  const a1 = a >>> 16;
  const a0 = a & 0xffff;
  const b1 = b >>> 16;
  const b0 = b & 0xffff;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const carry = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + (middle >>> 16) + Math.floor(carry / 0x10000)) >>> 0;
}

/** The four words that Philox4x32-10 gives for a counter (four words) under a key (two words). */
export function philox(counter: Uint32Array, key: Uint32Array, out: Uint32Array): void {
  let c0 = counter[0]!;
  let c1 = counter[1]!;
  let c2 = counter[2]!;
  let c3 = counter[3]!;
  let k0 = key[0]!;
  let k1 = key[1]!;
  for (let round = 0; round < 10; round++) {
    const high0 = highProduct(multipliers[0], c0);
    const high1 = highProduct(multipliers[1], c2);
    const low0 = Math.imul(multipliers[0], c0);
    const low1 = Math.imul(multipliers[1], c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + weyl[0]) >>> 0;
    k1 = (k1 + weyl[1]) >>> 0;
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
  const roughNormal = (): number => {
    const bits = word();
    const sum = (bits & 0xff) + ((bits >>> 8) & 0xff) + ((bits >>> 16) & 0xff) + (bits >>> 24);
    return (sum - 510) / fourBytesSd;
  };
  return { uniform, normal, roughNormal, integer: (below) => Math.floor(uniform() * below) };
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
