import assert from 'node:assert/strict';
import { nodeCrypto } from '#shared/crypto/node';
import { leafHash, merkleAccumulator, merkleRoot, nodeHash } from '#shared/log/merkle';
import { utf8 } from '#shared/util/bytes';

const leaves = Array.from({ length: 21 }, (_, i) => utf8(`leaf ${String(i)}`));

/** RFC 9162, 2.1.1, as it is written there. */
function treeHash(data: readonly Uint8Array[]): Uint8Array {
  if (data.length === 0) return nodeCrypto.sha256();
  if (data.length === 1) return leafHash(nodeCrypto, data[0]!);
  const k = 2 ** Math.floor(Math.log2(data.length - 1));
  return nodeHash(nodeCrypto, treeHash(data.slice(0, k)), treeHash(data.slice(k)));
}

describe('Merkle tree', () => {
  it('has the root of RFC 9162 at every size', () => {
    for (let size = 0; size <= leaves.length; size++) {
      assert.deepEqual(merkleRoot(nodeCrypto, leaves.slice(0, size)), treeHash(leaves.slice(0, size)), String(size));
    }
  });

  it('tells its size and root at any time while it grows', () => {
    const tree = merkleAccumulator(nodeCrypto);
    for (const [i, data] of leaves.entries()) {
      tree.append(leafHash(nodeCrypto, data));
      assert.equal(tree.size, i + 1);
      assert.deepEqual(tree.root(), treeHash(leaves.slice(0, i + 1)));
    }
  });

  it('does not take a node for a leaf', () => {
    const [a, b] = [leafHash(nodeCrypto, leaves[0]!), leafHash(nodeCrypto, leaves[1]!)];
    assert.notDeepEqual(leafHash(nodeCrypto, Buffer.concat([a, b])), nodeHash(nodeCrypto, a, b));
  });
});
