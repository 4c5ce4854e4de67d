import assert from 'node:assert/strict';
import { nodeCrypto } from '#shared/crypto/node';
import { portableCrypto } from '#shared/crypto/portable';
import { concatBytes, utf8 } from '#shared/util/bytes';
import { bytesOf } from '../../../support/secrets.ts';

const message = utf8('a message');
const seed = bytesOf('seed');
const groupOrder = Buffer.from('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010', 'hex');

for (const [name, crypto] of Object.entries({ node: nodeCrypto, portable: portableCrypto(nodeCrypto) })) {
  describe(`the ${name} provider`, () => {
    const publicKey = crypto.ed25519PublicKey(seed);
    const signature = crypto.sign(seed, message);
    const alice = bytesOf('alice');
    const bob = bytesOf('bob');
    const nonce = bytesOf('nonce').subarray(0, 24);
    const box = crypto.seal(alice, crypto.x25519PublicKey(bob), nonce, message);

    it('answers with plain byte arrays of their own', () => {
      const answers = [publicKey, signature, crypto.sha256(message), crypto.x25519PublicKey(alice), box];
      for (const bytes of answers) assert.equal(bytes.constructor, Uint8Array);
    });

    it('verifies its own signature and no other message, key or signature', () => {
      assert.equal(crypto.verify(publicKey, message, signature), true);
      assert.equal(crypto.verify(publicKey, utf8('another'), signature), false);
      assert.equal(crypto.verify(crypto.ed25519PublicKey(bytesOf('other')), message, signature), false);
      assert.equal(crypto.verify(publicKey, message, signature.with(0, signature[0]! ^ 1)), false);
    });

    it('reads a key again when its bytes were overwritten', () => {
      const [own, other] = [bytesOf('own'), bytesOf('other')];
      const [publicOwn, publicOther] = [own, other].map((key) => crypto.ed25519PublicKey(key));
      const agreed = crypto.x25519(own, crypto.x25519PublicKey(bob));
      const changing = publicOwn!.slice();
      assert.equal(crypto.verify(changing, message, crypto.sign(own, message)), true);
      own.set(other);
      changing.set(publicOther!);
      assert.equal(crypto.verify(changing, message, crypto.sign(own, message)), true);
      assert.equal(crypto.verify(publicOwn!, message, crypto.sign(own, message)), false);
      assert.notDeepEqual(crypto.x25519(own, crypto.x25519PublicKey(bob)), agreed);
    });

    it('refuses a signature whose S has the group order added to it', () => {
      assert.equal(crypto.verify(publicKey, message, withOrderAdded(signature)), false);
    });

    it('calls a key or a signature of another length invalid instead of failing', () => {
      assert.equal(crypto.verify(publicKey.subarray(1), message, signature), false);
      assert.equal(crypto.verify(publicKey, message, signature.subarray(1)), false);
      assert.equal(crypto.verify(publicKey, message, concatBytes([signature, Uint8Array.of(0)])), false);
    });

    it('hashes parts as if they were joined', () => {
      assert.deepEqual(crypto.sha256(utf8('a '), utf8('message')), crypto.sha256(message));
    });

    it('opens a box for its recipient alone and only as it was sealed', () => {
      const sender = crypto.x25519PublicKey(alice);
      assert.deepEqual(crypto.open(bob, sender, nonce, box), message);
      assert.equal(crypto.open(bytesOf('carol'), sender, nonce, box), undefined);
      assert.equal(crypto.open(bob, sender, nonce.with(0, nonce[0]! ^ 1), box), undefined);
      assert.equal(crypto.open(bob, sender, nonce, box.with(20, box[20]! ^ 1)), undefined);
      assert.equal(crypto.open(bob, sender, nonce, box.subarray(0, 15)), undefined);
    });

    it('opens nothing from a key of small order or another length', () => {
      assert.equal(crypto.open(bob, new Uint8Array(32), nonce, box), undefined);
      assert.equal(crypto.open(bob, new Uint8Array(31), nonce, box), undefined);
      assert.equal(crypto.open(bob, crypto.x25519PublicKey(alice), nonce.subarray(1), box), undefined);
    });

    it('refuses to agree on or seal under a point of small order', () => {
      for (const point of smallOrderPoints) {
        assert.throws(() => crypto.x25519(alice, point), { code: 'smallOrderPoint' });
        assert.throws(() => crypto.seal(alice, point, nonce, message), { code: 'smallOrderPoint' });
      }
    });

    it('refuses keys of another length as our own mistake', () => {
      const short = new Uint8Array(31);
      assert.throws(() => crypto.x25519PublicKey(short), { code: 'badArgument' });
      assert.throws(() => crypto.x25519(short, publicKey), { code: 'badArgument' });
      assert.throws(() => crypto.x25519(alice, short), { code: 'badArgument' });
      assert.throws(() => crypto.ed25519PublicKey(short), { code: 'badArgument' });
      assert.throws(() => crypto.sign(short, message), { code: 'badArgument' });
      assert.throws(() => crypto.open(short, crypto.x25519PublicKey(alice), nonce, box), { code: 'badArgument' });
    });

    it('gives one keystream, however it is asked for', () => {
      const whole = new Uint32Array(40);
      crypto.keystream(seed).fill(whole);
      const pieces = new Uint32Array(40);
      const stream = crypto.keystream(seed);
      for (const [from, to] of [
        [0, 3],
        [3, 20],
        [20, 40],
      ]) {
        stream.fill(pieces.subarray(from, to));
      }
      const seeked = new Uint32Array(28);
      crypto.keystream(seed, 12).fill(seeked);
      assert.deepEqual(pieces, whole);
      const long = new Uint32Array(40_000);
      crypto.keystream(seed).fill(long);
      const late = new Uint32Array(10_000);
      crypto.keystream(seed, 30_000).fill(late);
      assert.deepEqual(late, long.subarray(30_000));
      assert.deepEqual(seeked, whole.subarray(12));
    });
  });
}

/** The three smallest spellings of points whose shared secret is always zero (RFC 7748, section 6.1), and p itself. */
const smallOrderPoints = [
  new Uint8Array(32),
  new Uint8Array(32).with(0, 1),
  Uint8Array.from(Buffer.from('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800', 'hex')),
  Uint8Array.from(Buffer.from('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 'hex')),
];

/** The same point on the curve: what a verifier that only reduces S would accept. */
function withOrderAdded(signature: Uint8Array): Uint8Array {
  const out = signature.slice();
  let carry = 0;
  for (let i = 0; i < 32; i++) {
    const sum = out[32 + i]! + groupOrder[i]! + carry;
    out[32 + i] = sum;
    carry = sum >>> 8;
  }
  return out;
}
