/** Bytes for tests that look random and are the same in every run. @module */
import { nodeCrypto } from '#shared/crypto/node';
import type { Crypto } from '#shared/crypto/types';
import { utf8 } from '#shared/util/bytes';
import { toSiteId } from '#shared/util/ids';
import type { SiteId } from '#shared/util/ids';

/** 32 bytes named by `name`. */
export function bytesOf(name: string): Uint8Array {
  return nodeCrypto.sha256(utf8(name));
}

/** A site id that is known to be one. */
export function siteId(text: string): SiteId {
  const id = toSiteId(text);
  if (id === undefined) throw new Error(`${text} is no site id`);
  return id;
}

/** What a site draws for one attempt, and the public key that goes with it. */
export interface MaskingSite {
  readonly id: SiteId;
  readonly maskPrivateKey: Uint8Array;
  readonly maskPublicKey: Uint8Array;
  readonly selfMaskSeed: Uint8Array;
}

/** `count` sites with the secrets of the attempt `attempt`. */
export function maskingSites(crypto: Crypto, count: number, attempt = 'attempt'): readonly MaskingSite[] {
  return Array.from({ length: count }, (_, i) => {
    const maskPrivateKey = bytesOf(`${attempt} mask key ${String(i)}`);
    return {
      id: siteId(`site-${String(i)}`),
      maskPrivateKey,
      maskPublicKey: crypto.x25519PublicKey(maskPrivateKey),
      selfMaskSeed: bytesOf(`${attempt} self mask ${String(i)}`),
    };
  });
}
