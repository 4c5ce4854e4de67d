/**
 * The fast provider: node:crypto for everything but XSalsa20-Poly1305, which OpenSSL does not have. Public keys come in
 * as JWK, which node imports many times faster than SPKI. The one file of `shared/` that knows node; only the programs
 * import it, and pass it in.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import {
  createCipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  sign as signWithKey,
  verify as verifyWithKey,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { bytesOf, constantTimeEqual } from '../util/bytes.ts';
import { boxes, expectLength, smallOrderPoint } from './nacl.ts';
import type { Crypto, Keystream } from './types.ts';

type Curve = 'X25519' | 'Ed25519';

/** What RFC 8410 puts before the 32 bytes of a private key in PKCS #8. */
const pkcs8Prefix = {
  X25519: Buffer.from('302e020100300506032b656e04220420', 'hex'),
  Ed25519: Buffer.from('302e020100300506032b657004220420', 'hex'),
};

/** The cryptography of the protocol by node:crypto. */
export const nodeCrypto: Crypto = {
  sha256(...parts) {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return new Uint8Array(hash.digest());
  },
  hkdfSha256: (ikm, salt, info, length) => new Uint8Array(hkdfSync('sha256', ikm, salt, info, length)),
  keystream,
  x25519PublicKey: (privateKey) => publicBytes(x25519Private(privateKey)),
  x25519,
  ed25519PublicKey: (seed) => publicBytes(ed25519Private(seed)),
  sign: (seed, message) => new Uint8Array(signWithKey(null, message, ed25519Private(seed))),
  verify: (publicKey, message, signature) =>
    publicKey.length === 32 &&
    signature.length === 64 &&
    verifyWithKey(null, message, ed25519Public(publicKey), signature),
  ...boxes(x25519),
};

/** One mask chunk of zeros, for all streams. */
const zeros = new Uint8Array(4 * 16_384);

/** Zeros are encrypted in place of a message, so that the ciphertext is the stream; every platform is little-endian. */
function keystream(key: Uint8Array, firstWord = 0): Keystream {
  const cipher = createCipheriv('aes-256-ctr', key, counterAt(firstWord));
  return {
    fill(out) {
      const bytes = bytesOf(out);
      for (let from = 0; from < bytes.length; from += zeros.length) {
        const stream = cipher.update(zeros.subarray(0, bytes.length - from));
        bytes.set(stream, from);
        // OpenSSL's answer has a buffer of its own; given back at once, it does not wait for a collection.
        if (stream.buffer instanceof ArrayBuffer) stream.buffer.transfer(0);
      }
    },
  };
}

/** A counter block holds 4 words. */
function counterAt(firstWord: number): Buffer {
  const counter = Buffer.alloc(16);
  counter.writeBigUInt64BE(BigInt(firstWord / 4), 8);
  return counter;
}

function x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const keys = { privateKey: x25519Private(privateKey), publicKey: x25519Public(publicKey) };
  try {
    return new Uint8Array(diffieHellman(keys));
  } catch (cause) {
    throw smallOrderPoint(cause); // both keys are well formed, so an all-zero secret is what OpenSSL refuses
  }
}

const x25519Private = remembering((bytes) => privateKeyObject('X25519', bytes));
const x25519Public = remembering((bytes) => publicKeyObject('X25519', bytes));
const ed25519Private = remembering((bytes) => privateKeyObject('Ed25519', bytes));
const ed25519Public = remembering((bytes) => publicKeyObject('Ed25519', bytes));

/**
 * `toKey`, once for each array as long as it lives and says the same: importing a key costs as much as using it, and a
 * round uses each many times. An array that was overwritten, as a secret is that is erased, is read again.
 */
function remembering(toKey: (bytes: Uint8Array) => KeyObject): (bytes: Uint8Array) => KeyObject {
  const known = new WeakMap<Uint8Array, { readonly copy: Uint8Array; readonly key: KeyObject }>();
  return (bytes) => {
    const before = known.get(bytes);
    if (before !== undefined && constantTimeEqual(before.copy, bytes)) return before.key;
    const key = toKey(bytes);
    known.set(bytes, { copy: bytes.slice(), key });
    return key;
  };
}

function privateKeyObject(curve: Curve, bytes: Uint8Array): KeyObject {
  expectLength(bytes, 32, `${curve} private key`);
  return createPrivateKey({ key: Buffer.concat([pkcs8Prefix[curve], bytes]), format: 'der', type: 'pkcs8' });
}

function publicKeyObject(curve: Curve, bytes: Uint8Array): KeyObject {
  expectLength(bytes, 32, `${curve} public key`);
  return createPublicKey({
    key: { kty: 'OKP', crv: curve, x: Buffer.from(bytes).toString('base64url') },
    format: 'jwk',
  });
}

function publicBytes(key: KeyObject): Uint8Array {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return new Uint8Array(Buffer.from(x!, 'base64url')); // an OKP key always has x
}
