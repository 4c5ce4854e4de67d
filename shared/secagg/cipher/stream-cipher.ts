/**
 * `encryption: stream`: one more keystream on the masked words, of the data key and the site, which the keys' holders take
 * off the sum for every site of U3. 4 bytes a word both ways. Source: proto/spec/secure-sum.md, section 7.
 *
 * @module
 */
import type { Crypto } from '../../crypto/types.ts';
import { InvariantError } from '../../errors.ts';
import type { Cipher } from './cipher.ts';
import { maskAdder, oppositeMasks } from '../mask.ts';
import { plainCipher, plainOpener } from './plain-cipher.ts';
import { streamMask } from './stream.ts';
import type { Mask } from '../types.ts';

/** The additively homomorphic stream cipher, over words of 32 bits. */
export function streamCipher(crypto: Crypto): Cipher {
  const plain = plainCipher(32);
  return {
    ...plain,
    encryptor: (use) => {
      const addStream = maskAdder(crypto, [maskOf(crypto, use)]);
      const encryptor = plain.encryptor(use);
      return {
        ...encryptor,
        encrypt: (words) => {
          addStream(words);
          return encryptor.encrypt(words);
        },
      };
    },
    opener: (use) => {
      const streams = use.u3.map((site) => maskOf(crypto, { ...use, site }));
      const removeStreams = maskAdder(crypto, oppositeMasks(streams), use.firstWord);
      const opener = plainOpener();
      return {
        ...opener,
        open: (bytes, wordCount) => {
          const words = opener.open(bytes, wordCount);
          removeStreams(words);
          return words;
        },
      };
    },
  };
}

function maskOf(crypto: Crypto, { dataKey, context, site }: Parameters<Cipher['encryptor']>[0]): Mask {
  if (dataKey !== null) return streamMask(crypto, dataKey, context, site);
  throw new InvariantError('unreachable', 'the plan says stream, and this site was given no data key');
}
