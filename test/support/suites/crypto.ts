/** Suites `crypto/*`, answered by the provider given. @module */
import { VerificationError } from '#shared/errors';
import type { Crypto } from '#shared/crypto/types';
import { bytes, hex, number } from '../vector-input.ts';
import type { Suite } from '../vectors.ts';

export function x25519(crypto: Crypto): Suite {
  return {
    publicKey: (input) => ({ publicKey: hex(crypto.x25519PublicKey(bytes(input['privateKey']))) }),
    agree: (input) => ({ shared: hex(crypto.x25519(bytes(input['privateKey']), bytes(input['publicKey']))) }),
  };
}

export function ed25519(crypto: Crypto): Suite {
  return {
    sign: ({ seed, message }) => ({
      publicKey: hex(crypto.ed25519PublicKey(bytes(seed))),
      signature: hex(crypto.sign(bytes(seed), bytes(message))),
    }),
    verify: ({ publicKey, message, signature }) => ({
      valid: crypto.verify(bytes(publicKey), bytes(message), bytes(signature)),
    }),
  };
}

export function sealBox(crypto: Crypto): Suite {
  return {
    seal: ({ senderPrivateKey, recipientPublicKey, nonce, message }) => ({
      box: hex(crypto.seal(bytes(senderPrivateKey), bytes(recipientPublicKey), bytes(nonce), bytes(message))),
    }),
    open: ({ recipientPrivateKey, senderPublicKey, nonce, box }) => {
      const message = crypto.open(bytes(recipientPrivateKey), bytes(senderPublicKey), bytes(nonce), bytes(box));
      if (message === undefined) throw new VerificationError('boxNotAuthentic', 'the box does not open');
      return { message: hex(message) };
    },
  };
}

export function hkdf(crypto: Crypto): Suite {
  return {
    '': ({ ikm, salt, info, length }) => ({
      okm: hex(crypto.hkdfSha256(bytes(ikm), bytes(salt), bytes(info), number(length))),
    }),
  };
}
