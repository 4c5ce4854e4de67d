/**
 * What the protocol needs of cryptography, as one argument. Two providers stand behind it: `portable.ts` (tweetnacl,
 * for a browser, completed by the platform's SHA-256, HKDF and AES) and `node.ts` (node:crypto, tens of times faster).
 * Both answer the same vectors.
 *
 * @module
 */

/** An unending stream of mask words; each call gives the next ones. */
export interface Keystream {
  /** Fills `out` with the next words: AES-256-CTR of zeros, little-endian 32-bit words. */
  fill(out: Uint32Array): void;
}

/** Everything here is synchronous and deterministic; random bytes are always arguments. */
export interface Crypto {
  /** SHA-256 of the parts one after the other. 32 bytes. */
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
  /** HKDF-SHA256 (RFC 5869). */
  hkdfSha256(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  /** AES-256-CTR of zeros under `key` (32 bytes), counter from `firstWord / 4`; `firstWord` is a multiple of 4, default 0. */
  keystream(key: Uint8Array, firstWord?: number): Keystream;
  /** X25519 public key of a 32-byte private key (RFC 7748). */
  x25519PublicKey(privateKey: Uint8Array): Uint8Array;
  /** X25519 shared secret. @throws VerificationError (smallOrderPoint) if it is all zeros. */
  x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
  /** Ed25519 public key of a 32-byte seed (RFC 8032). */
  ed25519PublicKey(seed: Uint8Array): Uint8Array;
  /** Ed25519 signature, 64 bytes. */
  sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /** Whether `signature` is `publicKey`'s over `message`; false for any malformed input. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** NaCl `crypto_box`: `message` sealed with a 24-byte nonce. */
  seal(
    senderPrivateKey: Uint8Array,
    recipientPublicKey: Uint8Array,
    nonce: Uint8Array,
    message: Uint8Array,
  ): Uint8Array;
  /** The message of a NaCl box, or `undefined` when it is not authentic. */
  open(
    recipientPrivateKey: Uint8Array,
    senderPublicKey: Uint8Array,
    nonce: Uint8Array,
    box: Uint8Array,
  ): Uint8Array | undefined;
}
