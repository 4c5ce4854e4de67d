/**
 * What a method keeps at this site from round to round and sends nowhere: decoders, running statistics. One file a round
 * under `DIR/local/PLAN`: the SHA-256 of the numbers, then the numbers as little-endian float32.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DecodeError } from '#shared/errors';
import { bytesOf, equalBytes } from '#shared/util/bytes';
import { isThere, makePrivateFolder, readPrivate, writeWhole } from './disk.ts';

const hashLength = 32;

/** The numbers after each round's training. A round that is trained again starts from what stood before it. */
export class LocalState {
  readonly #folder: string;

  constructor(dir: string, planId: string) {
    this.#folder = join(dir, 'local', planId);
  }

  /** After the last round before this one that this site trained; `null` if there was none. @throws DecodeError (badFormat) */
  before(round: number): Float32Array | null {
    const last = this.#rounds().findLast((one) => one < round);
    if (last === undefined) return null;
    const path = this.#pathOf(last);
    const bytes = readPrivate(path) ?? new Uint8Array();
    const numbers = bytes.slice(hashLength);
    if (equalBytes(bytes.subarray(0, hashLength), hashOf(numbers))) return new Float32Array(numbers.buffer);
    throw new DecodeError(
      'badFormat',
      `${path} was damaged: restore it, or remove it to begin anew with what is local`,
    );
  }

  /** Keeps what a round's training left, and no more than it and what stood before it. */
  keep(round: number, local: Float32Array): void {
    if (local.length === 0) return;
    makePrivateFolder(this.#folder);
    const numbers = bytesOf(local);
    const bytes = new Uint8Array(hashLength + numbers.length);
    bytes.set(hashOf(numbers));
    bytes.set(numbers, hashLength);
    writeWhole(this.#pathOf(round), bytes);
    const older = this.#rounds().filter((one) => one < round);
    for (const one of older.slice(0, -1)) rmSync(this.#pathOf(one));
  }

  /** Ascending. */
  #rounds(): readonly number[] {
    if (!isThere(this.#folder)) return [];
    const names = readdirSync(this.#folder).map((name) => /^(\d+)\.local$/.exec(name)?.[1]);
    return names.flatMap((name) => (name === undefined ? [] : [Number(name)])).sort((a, b) => a - b);
  }

  #pathOf(round: number): string {
    return join(this.#folder, `${round}.local`);
  }
}

function hashOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}
