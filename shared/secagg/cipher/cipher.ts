/**
 * What stands behind `encryption` of a plan: `encrypt`, `addInto`, `subtractMask`, `open`. The rest of the code does not
 * know which it is; without encryption the words go as they are. Source: proto/spec/secure-sum.md, section 7.
 *
 * @module
 */
import type { SiteId } from '../../util/ids.ts';

/** How masked words become the chunks of an upload, these a sum, and the sum words again. */
export interface Cipher {
  /** For the vector of one site. @throws InvariantError (unreachable) without a data key where one is needed. */
  encryptor(use: SiteKey): Encryptor;
  /** @throws DecodeError unless the bytes are a well-formed chunk of so many words: what is checked before a receipt. */
  readonly check: (chunk: Uint8Array, wordCount: number) => void;
  /** For the chunks of one index, one of each upload. Needs no key. */
  sum(wordCount: number): ChunkSum;
  /** For an aggregate. @throws InvariantError as `encryptor`, DecodeError (wrongLength, badFormat, outOfRange) */
  opener(use: SumKey): Opener;
  /** Frees what this cipher holds; what it made has been disposed before. */
  dispose(): void;
}

/** The raw data key, `null` without encryption, and whose vector it covers, under which ctx. */
export interface SiteKey {
  readonly dataKey: Uint8Array | null;
  readonly context: Uint8Array;
  readonly site: SiteId;
}

/** The same for a sum. */
export interface SumKey {
  readonly dataKey: Uint8Array | null;
  readonly context: Uint8Array;
  readonly u3: readonly SiteId[];
  /** Where in the vector opening begins, 0 unless given: the first word of a chunk. */
  readonly firstWord?: number;
}

export interface Encryptor {
  /** The next words of the vector as a chunk; they may be changed. Every call but the last takes a multiple of 8 words. */
  encrypt(words: Uint32Array): Uint8Array;
  dispose(): void;
}

/** A running sum of chunks. */
export interface ChunkSum {
  /** @throws DecodeError as `Cipher.check`; the sum is of no use then. */
  addInto(chunk: Uint8Array): void;
  /** Takes the sum of all masks that are on it off the sum of at least one chunk, modulo 2^m. */
  subtractMask(words: Uint32Array): void;
  /** This part of the aggregate: as long as `aggregateLength` says for its words. */
  bytes(): Uint8Array;
  dispose(): void;
}

export interface Opener {
  /**
   * The next words of the sum, `aggregateLength` bytes of them.
   *
   * @throws DecodeError (wrongLength, badFormat, outOfRange) if the bytes are no such part, (nonCanonical) if something
   * stands after its last word.
   */
  open(bytes: Uint8Array, wordCount: number): Uint32Array;
  dispose(): void;
}
