/** What the raw bytes of a data key are. Source: proto/spec/secure-sum.md, section 7. @module */
import { expectBgvKey } from '../../crypto/bgv-format.ts';
import { DecodeError } from '../../errors.ts';
import type { SumParameters } from '../types.ts';

/**
 * Whether the bytes can be a data key: 32 for `stream`, a secret key as SEAL writes it for `bgv`. A site asks before it
 * takes one, for the maker may have sealed anything under the hash that it signed.
 */
export function isDataKey(encryption: Exclude<SumParameters['encryption'], 'none'>, bytes: Uint8Array): boolean {
  return encryption === 'stream' ? bytes.length === 32 : isBgvKey(bytes);
}

function isBgvKey(bytes: Uint8Array): boolean {
  try {
    expectBgvKey(bytes);
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}
