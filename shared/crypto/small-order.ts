/**
 * Whether an X25519 public key is one with which every shared secret is all zeros (RFC 7748, section 6.1). Told by its
 * encoding, for an agreement to find out costs a thousand times as much. Source: D. J. Bernstein, "A state-of-the-art
 * Diffie-Hellman function", cr.yp.to/ecdh.html#validate.
 *
 * @module
 */
import { toHex } from '../util/bytes.ts';
import { expectLength } from './nacl.ts';

/** u of order 1, 2, 4 and 8 on the curve and its twist, and the ones of them that fit a second time below 2^255. */
const smallOrderKeys: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000', // 0
  '0100000000000000000000000000000000000000000000000000000000000000', // 1
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800', // order 8
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157', // order 8
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // p - 1
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // p
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // p + 1
]);

/** Whether a key, 32 bytes whose highest bit X25519 ignores, is of small order. Keys are public: the time may depend on them. */
export function isSmallOrder(publicKey: Uint8Array): boolean {
  expectLength(publicKey, 32, 'X25519 public key');
  const u = publicKey.slice();
  u[31]! &= 0x7f;
  return smallOrderKeys.has(toHex(u));
}
