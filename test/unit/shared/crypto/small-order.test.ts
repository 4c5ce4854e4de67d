import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { nodeCrypto } from '#shared/crypto/node';
import { isSmallOrder } from '#shared/crypto/small-order';
import { VerificationError } from '#shared/errors';

/** An agreement tells it too: clamping makes every private key a multiple of 8, so one is as good as another. */
function agreementFails(publicKey: Uint8Array): boolean {
  try {
    nodeCrypto.x25519(new Uint8Array(32).fill(1), publicKey);
    return false;
  } catch (error) {
    if (error instanceof VerificationError) return true;
    throw error;
  }
}

/** The integer as 32 bytes, little-endian. */
function encoded(u: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((u >> BigInt(8 * i)) & 0xffn));
}

const p = 2n ** 255n - 19n;
const ofOrder8 = [
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
].map((hex) => BigInt(`0x${Buffer.from(hex, 'hex').reverse().toString('hex')}`));

describe('keys of small order', () => {
  const small = [0n, 1n, ...ofOrder8, p - 1n, p, p + 1n];

  it('are told, whatever the highest bit, which X25519 ignores', () => {
    for (const key of small.flatMap((u) => [encoded(u), encoded(u + 2n ** 255n)])) {
      assert.ok(agreementFails(key), 'the agreement is the oracle');
      assert.ok(isSmallOrder(key));
    }
  });

  it('are no others: neighbours of theirs, the first and last integers, and random keys agree', () => {
    const near = small.flatMap((u) => [u - 2n, u - 1n, u + 1n, u + 2n]).filter((u) => u >= 0n);
    const ends = Array.from({ length: 40 }, (_, i) => [BigInt(i), 2n ** 255n - 1n - BigInt(i)]).flat();
    const random = Array.from({ length: 200 }, () => Uint8Array.from(randomBytes(32)));
    for (const key of [...near.map(encoded), ...ends.map(encoded), ...random]) {
      assert.equal(isSmallOrder(key), agreementFails(key));
    }
  });

  it('have 32 bytes', () => {
    assert.throws(() => isSmallOrder(new Uint8Array(31)), { code: 'badArgument' });
  });
});
