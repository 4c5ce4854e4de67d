/** The real cryptography that computes each signature, check and agreement once: tests replay the same ones thousands of times. @module */
import { nodeCrypto } from '#shared/crypto/node';
import type { Crypto } from '#shared/crypto/types';
import { toHex } from '#shared/util/bytes';

/** `nodeCrypto`, remembering. Only functions that cannot fail are remembered. */
export function rememberingCrypto(): Crypto {
  return {
    ...nodeCrypto,
    sign: remembered((seed, message) => nodeCrypto.sign(seed!, message!)),
    verify: remembered((key, message, signature) => nodeCrypto.verify(key!, message!, signature!)),
    x25519PublicKey: remembered((key) => nodeCrypto.x25519PublicKey(key!)),
    ed25519PublicKey: remembered((seed) => nodeCrypto.ed25519PublicKey(seed!)),
  };
}

function remembered<T>(compute: (...parts: readonly Uint8Array[]) => T): (...parts: readonly Uint8Array[]) => T {
  const known = new Map<string, T>();
  return (...parts) => {
    const key = parts.map((part) => (part.length > 64 ? toHex(nodeCrypto.sha256(part)) : toHex(part))).join(' ');
    const before = known.get(key);
    if (before !== undefined) return before;
    const value = compute(...parts);
    known.set(key, value);
    return value;
  };
}
