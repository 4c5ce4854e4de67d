/** The cipher that a plan names. @module */
import type { Bgv } from '../../crypto/bgv.ts';
import type { Crypto } from '../../crypto/types.ts';
import { InvariantError } from '../../errors.ts';
import { unreachable } from '../../util/unreachable.ts';
import { bgvCipher, checkBgvChunk } from './bgv-cipher.ts';
import type { Cipher } from './cipher.ts';
import { plainCheck, plainCipher } from './plain-cipher.ts';
import { streamCipher } from './stream-cipher.ts';
import type { SumParameters } from '../types.ts';

/** What a cipher is made of; `bgv` is `null` where the plan names another encryption. */
export interface CipherParts {
  readonly crypto: Crypto;
  readonly parameters: Pick<SumParameters, 'encryption' | 'modulusBits'>;
  readonly bgv: Bgv | null;
}

/** The cipher that the plan names. @throws InvariantError (unreachable) if it is `bgv` and none is given. */
export function cipherOf({ crypto, parameters: { encryption, modulusBits }, bgv }: CipherParts): Cipher {
  switch (encryption) {
    case 'none':
      return plainCipher(modulusBits);
    case 'stream':
      return streamCipher(crypto);
    case 'bgv':
      if (bgv !== null) return bgvCipher(bgv);
      throw new InvariantError('unreachable', 'the plan says bgv, and SEAL was not loaded');
    default:
      return unreachable(encryption);
  }
}

/** `Cipher.check` of the plan's encryption alone: it needs neither SEAL nor a key. */
export function chunkCheckOf({ encryption, modulusBits }: CipherParts['parameters']): Cipher['check'] {
  return encryption === 'bgv' ? checkBgvChunk : plainCheck(modulusBits);
}
