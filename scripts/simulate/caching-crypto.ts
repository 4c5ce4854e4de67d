/**
 * The real cryptography, computing each signature, check and key once: a whole federation asks for the same ones, and tests
 * replay them many times.
 */
import { boxes } from '#shared/crypto/nacl';
import { nodeCrypto } from '#shared/crypto/node';
import type { Crypto } from '#shared/crypto/types';

/** `nodeCrypto`, remembering. What throws is not remembered and throws again. */
export function cachingCrypto(): Crypto {
  const x25519PublicKey = remembered((key: Uint8Array) => nodeCrypto.x25519PublicKey(key));
  const agreed = new Map<string, Uint8Array>();
  /** Both ends of a pair come to one secret: it is computed once for both. */
  const x25519 = (own: Uint8Array, other: Uint8Array): Uint8Array => {
    const pair = [keyOf(x25519PublicKey(own)), keyOf(other)].sort().join('');
    const before = agreed.get(pair);
    if (before !== undefined) return before;
    const secret = nodeCrypto.x25519(own, other);
    agreed.set(pair, secret);
    return secret;
  };
  return {
    ...nodeCrypto,
    ...boxes(x25519),
    sign: remembered((seed: Uint8Array, message: Uint8Array) => nodeCrypto.sign(seed, message)),
    verify: rememberedVerify(),
    x25519,
    x25519PublicKey,
    ed25519PublicKey: remembered((seed: Uint8Array) => nodeCrypto.ed25519PublicKey(seed)),
  };
}

/** By key and signature, with the message itself: comparing it takes less than hashing it. */
function rememberedVerify(): Crypto['verify'] {
  const known = new Map<string, { readonly message: Uint8Array; readonly holds: boolean }>();
  return (key, message, signature) => {
    const name = nameOf([key, signature]);
    const before = known.get(name);
    if (before !== undefined && Buffer.compare(before.message, message) === 0) return before.holds;
    const holds = nodeCrypto.verify(key, message, signature);
    known.set(name, { message: message.slice(), holds });
    return holds;
  };
}

/** Bytes as text of one character each: a key for a map that costs little to make. */
function keyOf(part: Uint8Array): string {
  const bytes = part.length > 512 ? nodeCrypto.sha256(part) : part;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Each with its length, so that other parts have another name. */
function nameOf(parts: readonly Uint8Array[]): string {
  return parts.map((part) => `${part.length} ${keyOf(part)}`).join('');
}

function remembered<A extends readonly Uint8Array[], T>(compute: (...parts: A) => T): (...parts: A) => T {
  const known = new Map<string, T>();
  return (...parts) => {
    const key = nameOf(parts);
    const before = known.get(key);
    if (before !== undefined) return before;
    const value = compute(...parts);
    known.set(key, value);
    return value;
  };
}
