/**
 * From the vector on disk to the upload on disk: unseal, mask, encrypt, write, a chunk at a time. Nothing is signed before
 * all of it is written, so that after a crash it begins anew. Source: proto/spec/secure-sum.md, section 5, phase 2.
 *
 * @module
 */
import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Crypto } from '#shared/crypto/types';
import type { Cipher, Encryptor, SiteKey } from '#shared/secagg/cipher/cipher';
import type { UploadShape } from '#shared/secagg/context';
import { maskAdder } from '#shared/secagg/mask';
import type { Mask, SumParameters } from '#shared/secagg/types';
import { uploadCut } from '#shared/secagg/upload-cut';
import { storedChunks } from './sealed-chunks.ts';
import { writeUpload } from './upload-file.ts';
import { Vault } from './vault.ts';

/** One attempt's upload. The masks and the data key MUST NOT leave this site. */
export interface Preparation extends SiteKey {
  /** Of the round, with its vault and its vector. */
  readonly folder: string;
  readonly parameters: SumParameters;
  readonly masks: readonly Mask[];
  /** Where the upload is written, in that folder. */
  readonly path: string;
}

/** Writes the upload; the shape that the commitment is over. @throws TransportError (diskFull, unavailable, journalDamaged) */
export function prepareUpload(crypto: Crypto, cipher: Cipher, preparation: Preparation): UploadShape {
  removeUnfinished(preparation.path);
  const encryptor = cipher.encryptor(preparation);
  try {
    return writeUpload(preparation.path, encryptedChunks(crypto, encryptor, preparation), crypto);
  } finally {
    encryptor.dispose();
  }
}

function* encryptedChunks(
  crypto: Crypto,
  encryptor: Encryptor,
  { folder, parameters, masks }: Preparation,
): Generator<Uint8Array> {
  const addMasks = maskAdder(crypto, masks);
  for (const words of storedChunks(folder, Vault.existing(folder), uploadCut(parameters))) {
    addMasks(words);
    yield encryptor.encrypt(words);
  }
}

/** What a preparation left that was cut off: it may be as long as the vector. */
function removeUnfinished(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(`${basename(path)}.`) && name.endsWith('.tmp'))
      rmSync(join(dirname(path), name), { force: true });
  }
}
