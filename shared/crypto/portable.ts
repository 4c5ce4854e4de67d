/**
 * The portable provider: keys, signatures and boxes by tweetnacl, in plain JavaScript; SHA-256, HKDF and AES-CTR are the
 * platform's. It is the definition that `node.ts` is tested against.
 *
 * @module
 */
import nacl from 'tweetnacl';
import { boxes, expectLength, smallOrderPoint } from './nacl.ts';
import type { Crypto } from './types.ts';

/** The part of the cryptography that a platform has of its own. */
export type PlatformCrypto = Pick<Crypto, 'sha256' | 'hkdfSha256' | 'keystream'>;

/** The cryptography of the protocol by tweetnacl (RFC 7748, RFC 8032, NaCl boxes) and this platform. */
export function portableCrypto(platform: PlatformCrypto): Crypto {
  return { ...platform, x25519PublicKey, x25519, ed25519PublicKey, sign, verify, ...boxes(x25519) };
}

function x25519PublicKey(privateKey: Uint8Array): Uint8Array {
  expectLength(privateKey, 32, 'X25519 private key');
  return nacl.scalarMult.base(privateKey);
}

function x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  expectLength(privateKey, 32, 'X25519 private key');
  expectLength(publicKey, 32, 'X25519 public key');
  const shared = nacl.scalarMult(privateKey, publicKey);
  if (shared.every((byte) => byte === 0)) throw smallOrderPoint();
  return shared;
}

function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  expectLength(seed, 32, 'Ed25519 seed');
  return nacl.sign.keyPair.fromSeed(seed).publicKey;
}

function sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  expectLength(seed, 32, 'Ed25519 seed');
  return nacl.sign.detached(message, nacl.sign.keyPair.fromSeed(seed).secretKey);
}

/** tweetnacl reduces S instead of refusing it, so that a second signature could be made of one: RFC 8032, 5.1.7. */
function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64 || !isScalar(signature.subarray(32))) return false;
  return nacl.sign.detached.verify(message, signature, publicKey);
}

/** L = 2^252 + 27742317777372353535851937790883648493, big-endian. */
const groupOrder = Uint8Array.from([
  0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0xde, 0xf9, 0xde, 0xa2, 0xf7, 0x9c, 0xd6, 0x58, 0x12, 0x63,
  0x1a, 0x5c, 0xf5, 0xd3, 0xed,
]);

/** Whether a little-endian number of 32 bytes is below the group order. */
function isScalar(littleEndian: Uint8Array): boolean {
  const s = littleEndian.toReversed();
  const at = s.findIndex((byte, i) => byte !== groupOrder[i]);
  return at >= 0 && s[at]! < groupOrder[at]!;
}
