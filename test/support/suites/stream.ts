/** Suite `secagg/stream`. @module */
import type { Crypto } from '#shared/crypto/types';
import { maskUpload, removeMasks } from '#shared/secagg/mask';
import { streamInfo, streamMask } from '#shared/secagg/cipher/stream';
import { bytes, hex, number, numbers, site, sites } from '../vector-input.ts';
import type { Suite } from '../vectors.ts';

export function stream(crypto: Crypto): Suite {
  return {
    encrypt: ({ dataKey, context, site: id, modulusBits, words }) => {
      const mask = streamMask(crypto, bytes(dataKey), bytes(context), site(id));
      const encrypted = maskUpload(crypto, Uint32Array.from(numbers(words)), [mask], number(modulusBits));
      return { info: hex(streamInfo(site(id))), key: hex(mask.seed), encrypted: [...encrypted] };
    },
    open: ({ dataKey, context, modulusBits, sites: u3, sum }) => {
      const masks = sites(u3).map((id) => streamMask(crypto, bytes(dataKey), bytes(context), id));
      return { sum: [...removeMasks(crypto, Uint32Array.from(numbers(sum)), masks, number(modulusBits))] };
    },
  };
}
