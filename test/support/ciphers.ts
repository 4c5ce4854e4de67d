/** Every encryption with keys of its own, for tests that hold for all of them. @module */
import type { SealLibrary } from '#shared/crypto/bgv';
import { Bgv } from '#shared/crypto/bgv';
import { bgvUploadBytes } from '#shared/crypto/bgv-format';
import { nodeCrypto } from '#shared/crypto/node';
import type { Cipher } from '#shared/secagg/cipher/cipher';
import { cipherOf } from '#shared/secagg/cipher/cipher-of';
import type { SumParameters } from '#shared/secagg/types';
import { bytesOf } from './secrets.ts';

export type Encryption = SumParameters['encryption'];

export const encryptions: readonly Encryption[] = ['none', 'stream', 'bgv'];

/** The cipher; of a `bgv` made here it frees all. */
export function cipherFor(encryption: Encryption, modulusBits: number, seal: SealLibrary): Cipher {
  const bgv = encryption === 'bgv' ? new Bgv(seal) : null;
  return cipherOf({ crypto: nodeCrypto, parameters: { encryption, modulusBits }, bgv });
}

/** A raw data key, the same in every run but for `bgv`. */
export function dataKeyFor(encryption: Encryption, seal: SealLibrary): Uint8Array | null {
  if (encryption === 'none') return null;
  if (encryption === 'stream') return bytesOf('data key');
  const bgv = new Bgv(seal);
  const key = bgv.makeKey();
  bgv.dispose();
  return key;
}

/** The smallest chunk that a plan of this encryption may have. */
export function leastChunkBytes(encryption: Encryption, modulusBits: number): number {
  return encryption === 'bgv' ? bgvUploadBytes : modulusBits;
}
