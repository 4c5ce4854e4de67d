/** The key that the elected site of an epoch makes. @module */
import { randomBytes } from 'node:crypto';
import type { SumParameters } from '#shared/secagg/types';
import { Secret } from '#shared/util/secret';
import { freshBgvKey } from './vector-thread.ts';

/** A fresh raw data key: 32 random bytes for `stream`, a secret key as SEAL saves it for `bgv`. */
export async function newDataKey(encryption: Exclude<SumParameters['encryption'], 'none'>): Promise<Secret> {
  return new Secret(encryption === 'bgv' ? await freshBgvKey() : Uint8Array.from(randomBytes(32)));
}
