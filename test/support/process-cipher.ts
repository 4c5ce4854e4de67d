/** The ciphers of the sites of one process, over one SEAL that is loaded when it is first needed and never freed. @module */
import { randomBytes } from 'node:crypto';
import { Bgv } from '#shared/crypto/bgv';
import { nodeCrypto } from '#shared/crypto/node';
import type { SiteKey, SumKey } from '#shared/secagg/cipher/cipher';
import { cipherOf } from '#shared/secagg/cipher/cipher-of';
import type { SumParameters } from '#shared/secagg/types';
import { aggregateLength, uploadCut } from '#shared/secagg/upload-cut';
import { Secret } from '#shared/util/secret';

let loaded: Promise<Bgv> | undefined;

async function theBgv(): Promise<Bgv> {
  loaded ??= import('node-seal').then(async ({ initialize }) => new Bgv(await initialize()));
  return loaded;
}

async function cipherFor(parameters: SumParameters): Promise<ReturnType<typeof cipherOf>> {
  return cipherOf({ crypto: nodeCrypto, parameters, bgv: parameters.encryption === 'bgv' ? await theBgv() : null });
}

/** A fresh raw data key. */
export async function freshDataKey(encryption: 'stream' | 'bgv'): Promise<Secret> {
  return new Secret(encryption === 'bgv' ? (await theBgv()).makeKey() : new Uint8Array(randomBytes(32)));
}

/** The upload of masked words, cut into its chunks. */
export async function encryptedChunks(
  parameters: SumParameters,
  words: Uint32Array,
  key: SiteKey,
): Promise<readonly Uint8Array[]> {
  const cut = uploadCut(parameters);
  const encryptor = (await cipherFor(parameters)).encryptor(key);
  try {
    return Array.from({ length: cut.chunkCount }, (_, index) => {
      const from = cut.firstWordOf(index);
      return encryptor.encrypt(words.slice(from, from + cut.wordsOf(index)));
    });
  } finally {
    encryptor.dispose();
  }
}

/** The words of an aggregate. @throws DecodeError as `Opener.open` */
export async function openedWords(parameters: SumParameters, bytes: Uint8Array, key: SumKey): Promise<Uint32Array> {
  const cut = uploadCut(parameters);
  const words = new Uint32Array(parameters.wordCount);
  const opener = (await cipherFor(parameters)).opener(key);
  try {
    for (let index = 0; index < cut.chunkCount; index++) {
      const firstWord = cut.firstWordOf(index);
      const from = aggregateLength(parameters, firstWord);
      const part = bytes.subarray(from, from + aggregateLength(parameters, cut.wordsOf(index)));
      words.set(opener.open(part, cut.wordsOf(index)), firstWord);
    }
  } finally {
    opener.dispose();
  }
  return words;
}
