/**
 * `encryption: stream`, an additively homomorphic stream cipher (Castelluccia, Mykletun, Tsudik 2005): a site adds a
 * keystream of the data key to its masked words, and whoever holds the key takes those of U3 off the sum. Source:
 * proto/spec/secure-sum.md, section 7.
 *
 * @module
 */
import { frame, label } from '../../codec/frame.ts';
import type { Crypto } from '../../crypto/types.ts';
import type { SiteId } from '../../util/ids.ts';
import type { Mask } from '../types.ts';

/** `("stream", id)`, framed. */
export function streamInfo(site: SiteId): Uint8Array {
  return frame(label('stream'), site);
}

/**
 * `PRG(HKDF(dataKey, salt = ctx, info))` as a mask: `mask.maskAdder` puts it on the words of `site`, and with the signs of
 * `mask.oppositeMasks` takes those of all sites of U3 off their sum.
 */
export function streamMask(crypto: Crypto, dataKey: Uint8Array, context: Uint8Array, site: SiteId): Mask {
  return { seed: crypto.hkdfSha256(dataKey, context, streamInfo(site), 32), sign: 1 };
}
