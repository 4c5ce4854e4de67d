/**
 * Everything that a simulation draws, from one seed. A value is a function of the seed and of its name, not of what was
 * drawn before it, so that leaving a fault out changes nothing else.
 */
import { nodeCrypto } from '#shared/crypto/node';
import { concatBytes, utf8 } from '#shared/util/bytes';

type Name = string | number;

/** FNV-1a over the names, mixed at the end as MurmurHash3 does. An unsigned word. */
function hashed(seed: number, names: readonly Name[]): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const name of names) {
    const text = `${name}\n`;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return mixed(hash);
}

function mixed(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Draws one after the other. */
export class Sequence {
  #state: number;

  constructor(start: number) {
    this.#state = start;
  }

  /** A word of 32 bits (splitmix32). */
  word(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return mixed(this.#state);
  }

  /** A number from 0 to `count - 1`. */
  below(count: number): number {
    return Math.floor((this.word() / 2 ** 32) * count);
  }

  /** A number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.word() / 2 ** 32 < probability;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!; // within the list
  }

  /** `count` of a list, or all of it, in a drawn order. */
  some<T>(list: readonly T[], count: number): readonly T[] {
    const left = [...list];
    return Array.from({ length: Math.min(count, left.length) }, () => left.splice(this.below(left.length), 1)[0]!); // not empty
  }
}

/** The draws of one seed. */
export class Draws {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = mixed(seed);
  }

  /** A sequence of its own for every name. */
  sequence(...names: readonly Name[]): Sequence {
    return new Sequence(hashed(this.#seed, names));
  }

  /** A number from `least` to `most`. */
  between(least: number, most: number, ...names: readonly Name[]): number {
    return least + (hashed(this.#seed, names) % (most - least + 1));
  }

  /** Bytes as if random; SHA-256 of the seed and the name. */
  bytes(length: number, ...names: readonly Name[]): Uint8Array {
    const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
      nodeCrypto.sha256(utf8(`${this.#seed}/${i}/${names.join('/')}`)),
    );
    return concatBytes(blocks).slice(0, length);
  }

  /** Words below 2^bits. */
  words(length: number, bits: number, ...names: readonly Name[]): Uint32Array {
    const sequence = this.sequence(...names);
    return Uint32Array.from({ length }, () => sequence.word() >>> (32 - bits));
  }
}
