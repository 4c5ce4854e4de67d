/** Suite `log/merkle`. @module */
import type { Crypto } from '#shared/crypto/types';
import { leafHash, merkleRoot, nodeHash } from '#shared/log/merkle';
import { bytes, hex, list } from '../vector-input.ts';
import type { Suite } from '../vectors.ts';

export function merkle(crypto: Crypto): Suite {
  return {
    leafHash: ({ data }) => ({ hash: hex(leafHash(crypto, bytes(data))) }),
    nodeHash: ({ left, right }) => ({ hash: hex(nodeHash(crypto, bytes(left), bytes(right))) }),
    root: ({ leaves }) => ({ root: hex(merkleRoot(crypto, list(leaves, bytes))) }),
  };
}
