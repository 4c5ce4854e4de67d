/** The real cryptography, computing each signature, check and key once: tests replay the same ones many times. @module */
import { boxes } from '#shared/crypto/nacl';
import { nodeCrypto } from '#shared/crypto/node';
import type { Crypto } from '#shared/crypto/types';
import { toHex } from '#shared/util/bytes';

/** `nodeCrypto`, remembering. What throws is not remembered and throws again. Both ends of a pair agree once. */
export function rememberingCrypto(): Crypto {
  const publicKey = remembered((key: Uint8Array) => nodeCrypto.x25519PublicKey(key));
  const secrets = new Map<string, Uint8Array>();
  const x25519 = (own: Uint8Array, other: Uint8Array): Uint8Array => {
    const pair = [toHex(publicKey(own)), toHex(other)].sort().join(' ');
    const secret = secrets.get(pair) ?? nodeCrypto.x25519(own, other);
    secrets.set(pair, secret);
    return secret;
  };
  return {
    ...nodeCrypto,
    ...boxes(x25519),
    sign: remembered((seed: Uint8Array, message: Uint8Array) => nodeCrypto.sign(seed, message)),
    verify: rememberedVerify(),
    x25519,
    x25519PublicKey: publicKey,
    ed25519PublicKey: remembered((seed: Uint8Array) => nodeCrypto.ed25519PublicKey(seed)),
  };
}

/** By key and signature, with the message itself: comparing it takes less than hashing it. */
function rememberedVerify(): Crypto['verify'] {
  const known = new Map<string, { readonly message: Uint8Array; readonly holds: boolean }>();
  return (key, message, signature) => {
    const name = toHex(key) + toHex(signature);
    const before = known.get(name);
    if (before !== undefined && Buffer.compare(before.message, message) === 0) return before.holds;
    const holds = nodeCrypto.verify(key, message, signature);
    known.set(name, { message, holds });
    return holds;
  };
}

function remembered<A extends readonly Uint8Array[], T>(compute: (...parts: A) => T): (...parts: A) => T {
  const known = new Map<string, T>();
  return (...parts) => {
    const key = parts.map((part) => toHex(part.length > 64 ? nodeCrypto.sha256(part) : part)).join(' ');
    const before = known.get(key);
    if (before !== undefined) return before;
    const value = compute(...parts);
    known.set(key, value);
    return value;
  };
}
