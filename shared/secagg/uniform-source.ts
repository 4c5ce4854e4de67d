/** Uniform numbers from a seed, so that a crash in the middle of rounding repeats the same upload. @module */
import type { Crypto } from '../crypto/types.ts';

/** Fills `out` with the next numbers, each in [0, 1). */
export type UniformSource = (out: Float64Array) => void;

/**
 * Words of AES-256-CTR under `seed` (32 secret bytes, used for nothing else) over 2^32, from number `first` on: a part of
 * a vector gets the numbers that it would get within the whole.
 */
export function uniformSource(crypto: Crypto, seed: Uint8Array, first = 0): UniformSource {
  const before = first % 4; // keystreams begin at multiples of 4
  const stream = crypto.keystream(seed, first - before);
  let buffer = new Uint32Array(before);
  stream.fill(buffer);
  return (out) => {
    if (buffer.length < out.length) buffer = new Uint32Array(out.length);
    const words = buffer.subarray(0, out.length);
    stream.fill(words);
    for (let i = 0; i < out.length; i++) out[i] = words[i]! / 2 ** 32;
  };
}
