/**
 * The fold of a plan's model on disk: the accepted model, and beside it the candidate of a round that is not closed yet.
 * A file is one line of JSON (`round`, `applied`, lengths, `hash`) and then the arrays as little-endian float32; it is
 * read only if its hash is right.
 *
 * @module
 */
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Crypto } from '#shared/crypto/types';
import { DecodeError } from '#shared/errors';
import type { Model } from '#shared/model/apply';
import { modelHash } from '#shared/model/model-hash';
import { concatBytes, equalBytes, toHex, utf8 } from '#shared/util/bytes';
import { flushFolder, guard, isThere, makePrivateFolder, readPrivate, writeWhole } from './disk.ts';

/** A model and the round whose aggregate it has last; round 0 is the beginning. */
export interface StoredModel {
  readonly round: number;
  readonly model: Model;
  readonly hash: Uint8Array;
}

interface Header {
  readonly round: number;
  readonly applied: number;
  readonly weights: number;
  readonly momentum: number;
  readonly secondMoment: number;
  readonly hash: string;
}

/** Models of one plan under `DIR/models/PLAN`. */
export class ModelStore {
  readonly #folder: string;
  readonly #crypto: Crypto;

  constructor(dir: string, planId: string, crypto: Crypto) {
    this.#folder = join(dir, 'models', planId);
    this.#crypto = crypto;
    makePrivateFolder(this.#folder);
  }

  /** The accepted model, or `undefined` before the first. @throws DecodeError (badFormat) if the file was damaged. */
  current(): StoredModel | undefined {
    return this.#read(this.#currentPath);
  }

  /** Stores the model that the plan begins with. */
  begin(model: Model): StoredModel {
    return this.#write(this.#currentPath, 0, model);
  }

  /** Stores a model that enough sites have signed for a round, in the place of the one that was there. */
  install(round: number, model: Model): StoredModel {
    return this.#write(this.#currentPath, round, model);
  }

  /** Stores what a round may become. */
  propose(round: number, model: Model): StoredModel {
    return this.#write(this.#candidatePath(round), round, model);
  }

  /** What a round may become, if this site has folded it. */
  candidate(round: number): StoredModel | undefined {
    return this.#read(this.#candidatePath(round));
  }

  /** The round was accepted: its candidate is the model now. Once done, doing it again changes nothing. */
  accept(round: number): void {
    const path = this.#candidatePath(round);
    if (!isThere(path)) return;
    guard(path, () => {
      renameSync(path, this.#currentPath);
      flushFolder(this.#folder);
    });
  }

  /** The round was not accepted: its candidate goes. */
  drop(round: number): void {
    rmSync(this.#candidatePath(round), { force: true });
  }

  get #currentPath(): string {
    return join(this.#folder, 'current.model');
  }

  #candidatePath(round: number): string {
    return join(this.#folder, `round-${round}.model`);
  }

  #write(path: string, round: number, model: Model): StoredModel {
    const { weights, momentum, secondMoment } = model;
    const hash = modelHash(this.#crypto, model);
    const header: Header = {
      round,
      applied: model.round,
      weights: weights.length,
      momentum: momentum.length,
      secondMoment: secondMoment.length,
      hash: toHex(hash),
    };
    const line = utf8(`${JSON.stringify(header)}\n`);
    writeWhole(path, concatBytes([line, ...[weights, momentum, secondMoment].map(bytesOf)]));
    return { round, model, hash };
  }

  #read(path: string): StoredModel | undefined {
    const bytes = readPrivate(path);
    if (bytes === undefined) return undefined;
    const end = bytes.indexOf(0x0a);
    const header = parseHeader(path, bytes.subarray(0, Math.max(end, 0)));
    if (bytes.length !== end + 1 + 4 * lengthOf(header)) throw damaged(path);
    const numbers = new Float32Array(bytes.slice(end + 1).buffer);
    const momentumAt = header.weights + header.momentum;
    const model: Model = {
      round: header.applied,
      weights: numbers.slice(0, header.weights),
      momentum: numbers.slice(header.weights, momentumAt),
      secondMoment: numbers.slice(momentumAt),
    };
    const hash = modelHash(this.#crypto, model);
    if (!equalBytes(utf8(toHex(hash)), utf8(header.hash))) throw damaged(path);
    return { round: header.round, model, hash };
  }
}

function parseHeader(path: string, line: Uint8Array): Header {
  try {
    return JSON.parse(new TextDecoder().decode(line)) as Header; // the hash over what it describes is checked
  } catch {
    throw damaged(path);
  }
}

function lengthOf({ weights, momentum, secondMoment }: Header): number {
  return weights + momentum + secondMoment;
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function damaged(path: string): DecodeError {
  return new DecodeError('badFormat', `${path} is damaged: remove it, and the agent folds the model anew from the log`);
}
