/**
 * The Merkle tree of RFC 9162, section 2.1: `MTH({}) = H()`, a leaf is `H(0x00 || data)`, a node `H(0x01 || left ||
 * right)`, and n leaves split at the greatest power of two below n.
 *
 * @module
 */
import type { Crypto } from '../crypto/types.ts';

const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

/** `H(0x00 || data)`, 32 bytes. */
export function leafHash(crypto: Crypto, data: Uint8Array): Uint8Array {
  return crypto.sha256(leafPrefix, data);
}

/** `H(0x01 || left || right)`, 32 bytes. */
export function nodeHash(crypto: Crypto, left: Uint8Array, right: Uint8Array): Uint8Array {
  return crypto.sha256(nodePrefix, left, right);
}

/** The root over leaves as data. */
export function merkleRoot(crypto: Crypto, leaves: readonly Uint8Array[]): Uint8Array {
  const tree = merkleAccumulator(crypto);
  for (const data of leaves) tree.append(leafHash(crypto, data));
  return tree.root();
}

/** A tree that only grows and remembers one hash for each bit of its size. */
export interface MerkleAccumulator {
  /** Leaves so far. */
  readonly size: number;
  /** Adds a leaf by its hash. */
  append(leaf: Uint8Array): void;
  /** The root over the leaves so far; more may follow. */
  root(): Uint8Array;
}

/** An empty tree to which leaves are appended one by one. */
export function merkleAccumulator(crypto: Crypto): MerkleAccumulator {
  /** Roots of complete subtrees, the greatest first: one for each set bit of `size`. */
  const peaks: Uint8Array[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    append(leaf) {
      let node = leaf;
      for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) node = nodeHash(crypto, peaks.pop()!, node); // one peak for each set bit
      peaks.push(node);
      size += 1;
    },
    root: () =>
      peaks.length === 0 ? crypto.sha256() : peaks.reduceRight((right, left) => nodeHash(crypto, left, right)),
  };
}
