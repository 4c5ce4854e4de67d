/**
 * NaCl's `crypto_box` as the one definition of a sealed box, for either provider of X25519: the box key is HSalsa20 of
 * the shared secret, the box XSalsa20-Poly1305, tag first and without padding (Bernstein, "Cryptography in NaCl",
 * sections 7 to 10).
 *
 * @module
 */
import nacl from 'tweetnacl';
import { UsageError, VerificationError } from '../errors.ts';
import type { Crypto } from './types.ts';

type Agree = Crypto['x25519'];

/** tweetnacl exports its inner functions for such uses, but its types leave them out. */
interface LowLevel {
  readonly crypto_core_hsalsa20: (out: Uint8Array, input: Uint8Array, key: Uint8Array, sigma: Uint8Array) => void;
}
const { lowlevel } = nacl as unknown as { readonly lowlevel: LowLevel };
const sigma = new TextEncoder().encode('expand 32-byte k');

/** `crypto_box` and `crypto_box_open` over an X25519 function. */
export function boxes(agree: Agree): Pick<Crypto, 'seal' | 'open'> {
  return {
    seal: (senderPrivateKey, recipientPublicKey, nonce, message) =>
      nacl.secretbox(message, nonce, boxKey(agree(senderPrivateKey, recipientPublicKey))),
    open: (recipientPrivateKey, senderPublicKey, nonce, box) => {
      if (senderPublicKey.length !== 32 || nonce.length !== 24) return undefined;
      const shared = sharedOrNothing(agree, recipientPrivateKey, senderPublicKey);
      return shared && (nacl.secretbox.open(box, nonce, boxKey(shared)) ?? undefined);
    },
  };
}

/** Bytes of exactly this length. @throws UsageError (badArgument) if not. */
export function expectLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length === length) return;
  throw new UsageError('badArgument', `${what}: expected ${length} bytes, got ${bytes.length}`);
}

/** What both providers say of an all-zero shared secret. */
export function smallOrderPoint(cause?: unknown): VerificationError {
  return new VerificationError(
    'smallOrderPoint',
    'an X25519 public key is a point of small order: ask its owner for a fresh key',
    { cause },
  );
}

function boxKey(shared: Uint8Array): Uint8Array {
  const key = new Uint8Array(32);
  lowlevel.crypto_core_hsalsa20(key, new Uint8Array(16), shared, sigma);
  return key;
}

/** A box under a key of small order authenticates nobody. */
function sharedOrNothing(agree: Agree, privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  try {
    return agree(privateKey, publicKey);
  } catch (error) {
    if (error instanceof VerificationError) return undefined;
    throw error;
  }
}
