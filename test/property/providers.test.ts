import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nodeCrypto } from '#shared/crypto/node';
import { portableCrypto } from '#shared/crypto/portable';

const portable = portableCrypto(nodeCrypto);
const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const message = fc.uint8Array({ maxLength: 100 });

describe('tweetnacl and node:crypto', () => {
  it('make the same keys, secrets and boxes, and open each other’s', () => {
    fc.assert(
      fc.property(bytes(32), bytes(32), bytes(24), message, (a, b, nonce, text) => {
        const publicA = nodeCrypto.x25519PublicKey(a);
        const publicB = portable.x25519PublicKey(b);
        assert.deepEqual(portable.x25519PublicKey(a), publicA);
        assert.deepEqual(portable.x25519(a, publicB), nodeCrypto.x25519(b, publicA));
        const box = nodeCrypto.seal(a, publicB, nonce, text);
        assert.deepEqual(portable.seal(a, publicB, nonce, text), box);
        assert.deepEqual(portable.open(b, publicA, nonce, box), text);
        assert.deepEqual(nodeCrypto.open(b, publicA, nonce, box), text);
      }),
      { numRuns: 25 },
    );
  });

  it('agree on any public key at all', () => {
    fc.assert(
      fc.property(bytes(32), bytes(32), (privateKey, publicKey) => {
        assert.deepEqual(portable.x25519(privateKey, publicKey), nodeCrypto.x25519(privateKey, publicKey));
      }),
      { numRuns: 25 },
    );
  });

  it('make the same signatures and judge changed ones alike', () => {
    fc.assert(
      fc.property(bytes(32), message, fc.nat(63), fc.integer({ min: 1, max: 255 }), (seed, text, at, change) => {
        const publicKey = nodeCrypto.ed25519PublicKey(seed);
        const signature = portable.sign(seed, text);
        assert.deepEqual(portable.ed25519PublicKey(seed), publicKey);
        assert.deepEqual(nodeCrypto.sign(seed, text), signature);
        assert(portable.verify(publicKey, text, signature));
        const changed = signature.with(at, signature[at]! ^ change);
        assert.equal(nodeCrypto.verify(publicKey, text, changed), false);
        assert.equal(portable.verify(publicKey, text, changed), false);
      }),
      { numRuns: 15 },
    );
  });
});
