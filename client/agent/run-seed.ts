/** The seed of this site's batches and rounding: given, or drawn once and kept, so that a crash repeats nothing anew. @module */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { frame, label } from '#shared/codec/frame';
import type { Crypto } from '#shared/crypto/types';
import type { SiteId } from '#shared/util/ids';
import { readPrivate, writeWhole } from './disk.ts';

/** The seed given, or the one of this folder. */
export function runSeed(dir: string, given: number | undefined): number {
  if (given !== undefined) return given;
  const path = join(dir, 'run.seed');
  const stored = readPrivate(path);
  if (stored !== undefined) return Number(new TextDecoder().decode(stored));
  const drawn = randomInt(2 ** 31);
  writeWhole(path, String(drawn));
  return drawn;
}

/** The 32 bytes that the stochastic rounding of one round comes from. */
export function roundingSeed(
  crypto: Crypto,
  seed: number,
  of: { readonly planHash: Uint8Array; readonly round: number; readonly site: SiteId },
): Uint8Array {
  return crypto.sha256(frame(label('rounding'), seed, of.planHash, of.round, of.site));
}
