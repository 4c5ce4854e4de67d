/** The thread of `SealThread`: one SEAL, one task after the other. */
import { readFileSync } from 'node:fs';
import { initialize } from 'node-seal';
import { Bgv } from '#shared/crypto/bgv';
import { nodeCrypto } from '#shared/crypto/node';
import { ConsiliumError, DecodeError } from '#shared/errors';
import type { Cipher } from '#shared/secagg/cipher/cipher';
import { bgvCipher } from '#shared/secagg/cipher/bgv-cipher';
import { spent } from '../store/garbage.ts';
import { summedPart } from './chunk-tasks.ts';
import type { SealOutcome, SealTask } from './seal-thread.ts';

let cipher: Cipher | undefined;

/** Performs a task. @throws what the disk throws */
export default async function perform(task: SealTask): Promise<SealOutcome> {
  cipher ??= bgvCipher(new Bgv(await initialize()));
  try {
    const bytes = await summedPart(nodeCrypto, cipher, task, chunksAt(task.paths));
    spent(2 * bytes.length); // in parts, and copied to the other thread
    return { kind: 'done', bytes };
  } catch (error) {
    if (error instanceof DecodeError) return { kind: 'malformed' };
    if (error instanceof ConsiliumError && error.code === 'encryptionFailed') return { kind: 'failed' };
    throw error;
  }
}

function* chunksAt(paths: readonly string[]): Generator<Uint8Array> {
  for (const path of paths) yield readFileSync(path);
}
