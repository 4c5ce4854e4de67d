import assert from 'node:assert/strict';
import { combineShares, splitSecret } from '#shared/crypto/shamir';
import { bytesOf } from '../../../support/secrets.ts';

const secret = bytesOf('secret');

describe('Shamir shares', () => {
  it('give the secret back from any threshold of them, in any order', async () => {
    const shares = await splitSecret(secret, 5, 3);
    assert.equal(shares.length, 5);
    assert.deepEqual(await combineShares([shares[4]!, shares[0]!, shares[2]!]), secret);
    assert.deepEqual(await combineShares(shares), secret);
  });

  it('give another secret from fewer than the threshold', async () => {
    const shares = await splitSecret(secret, 5, 3);
    assert.notDeepEqual(await combineShares(shares.slice(0, 2)), secret);
  });

  it('have 33 bytes and indices that are all different and not zero', async () => {
    const shares = await splitSecret(secret, 255, 2);
    assert(shares.every((share) => share.length === 33));
    const indices = new Set(shares.map((share) => share.at(-1)));
    assert.equal(indices.size, 255);
    assert(!indices.has(0));
  });

  it('take bytes that came from the platform', async () => {
    const shares = await splitSecret(Buffer.from(secret), 3, 2);
    assert.deepEqual(await combineShares(shares.map((share) => Buffer.from(share))), secret);
  });

  it('are dealt for 2 to 255 holders, with a threshold of at least two', async () => {
    await assert.rejects(splitSecret(secret, 256, 3));
    await assert.rejects(splitSecret(secret, 3, 4));
    await assert.rejects(splitSecret(secret, 3, 1));
  });

  it('are refused when they cannot be combined', async () => {
    const [first, second] = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)];
    await assert.rejects(combineShares([first]), { code: 'tooFewShares' });
    await assert.rejects(combineShares([first, Uint8Array.of(4, 5)]), { code: 'shareLength' });
    await assert.rejects(combineShares([Uint8Array.of(3), Uint8Array.of(4)]), { code: 'shareLength' });
    await assert.rejects(combineShares([first, Uint8Array.of(4, 5, 0)]), { code: 'shareIndexZero' });
    await assert.rejects(combineShares([first, Uint8Array.of(4, 5, 3)]), { code: 'duplicateShare' });
    assert.equal((await combineShares([first, second])).length, 2);
  });
});
