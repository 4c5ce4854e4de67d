/**
 * The fold of a plan's model on disk: the accepted model, and beside it the candidate of a round that is not closed yet.
 * A file is one line of JSON (`round`, `applied`, lengths, `hash`) and then the arrays as little-endian float32; it is
 * read only if its hash is right.
 *
 * @module
 */
import { closeSync, fstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Crypto } from '#shared/crypto/types';
import { DecodeError, VerificationError } from '#shared/errors';
import type { Model } from '#shared/model/apply';
import { modelHash } from '#shared/model/model-hash';
import { bytesOf, toHex, utf8 } from '#shared/util/bytes';
import { flushFolder, guard, isThere, makePrivateFolder, readAt, refuseOthers, writeWholePieces } from './disk.ts';

/** A model and the round whose aggregate it has last; round 0 is the beginning. */
export interface StoredModel extends ModelName {
  readonly model: Model;
}

/** A model without its numbers. */
export interface ModelName {
  readonly round: number;
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

const longestHeader = 1024;

/** Models of one plan under `DIR/models/PLAN`. */
export class ModelStore {
  readonly #folder: string;
  readonly #crypto: Crypto;
  /** Of the accepted model, since it was read last. */
  #name: ModelName | undefined;

  constructor(dir: string, planId: string, crypto: Crypto) {
    this.#folder = join(dir, 'models', planId);
    this.#crypto = crypto;
    makePrivateFolder(this.#folder);
  }

  /** The accepted model, or `undefined` before the first. @throws DecodeError (badFormat) if the file was damaged. */
  current(): StoredModel | undefined {
    return this.#read(this.#currentPath);
  }

  /**
   * Which model is the accepted one. It is read, as `current` does, only when it may have changed, and not kept: it may be
   * as large as what memory there is.
   */
  currentName(): ModelName | undefined {
    this.#name ??= this.#nameOf(this.#currentPath);
    return this.#name;
  }

  /** Stores the model that the plan begins with. */
  begin(model: Model): StoredModel {
    this.#name = undefined;
    return this.#write(this.#currentPath, 0, model);
  }

  /** Stores a model that enough sites have signed for a round, in the place of the one that was there. */
  install(round: number, model: Model): StoredModel {
    this.#name = undefined;
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

  /** The hash of what a round may become, if this site has folded it. */
  candidateHash(round: number): Uint8Array | undefined {
    return this.#nameOf(this.#candidatePath(round))?.hash;
  }

  /** The round was accepted: its candidate is the model now. Once done, doing it again changes nothing. */
  accept(round: number): void {
    const path = this.#candidatePath(round);
    if (!isThere(path)) return;
    this.#name = undefined;
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
    writeWholePieces(path, [line, ...[weights, momentum, secondMoment].map(bytesOf)]);
    return { round, model, hash };
  }

  #nameOf(path: string): ModelName | undefined {
    const stored = this.#read(path);
    if (stored === undefined) return undefined;
    giveBack(stored.model);
    return { round: stored.round, hash: stored.hash };
  }

  /** Into the arrays themselves: a model may be as large as what memory there is. */
  #read(path: string): StoredModel | undefined {
    if (!isThere(path)) return undefined;
    refuseOthers(path);
    const file = guard(path, () => openSync(path, 'r'));
    try {
      const { header, end } = readHeader(path, file);
      const arrays = [header.weights, header.momentum, header.secondMoment].map((length) => new Float32Array(length));
      let at = end + 1;
      for (const array of arrays) at += readAt(file, path, bytesOf(array), at);
      const [weights, momentum, secondMoment] = arrays as [Float32Array, Float32Array, Float32Array];
      const model: Model = { round: header.applied, weights, momentum, secondMoment };
      const hash = modelHash(this.#crypto, model);
      if (toHex(hash) !== header.hash) throw damaged(path);
      return { round: header.round, model, hash };
    } finally {
      closeSync(file);
    }
  }
}

/** A model, or a model's name, that there must be. @throws VerificationError (modelMismatch) if there is none. */
export function stillThere<T>(model: T | undefined): T {
  if (model !== undefined) return model;
  throw new VerificationError('modelMismatch', 'the model of this study is gone from the disk: start the agent again');
}

/** Gives a model's memory back at once, for a collection may be long in coming. Whoever still holds it finds it empty. */
export function giveBack({ weights, momentum, secondMoment }: Model): void {
  for (const { buffer } of [weights, momentum, secondMoment]) if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** The first line, and where it ends. What it says of the arrays is compared with the length of the file. */
function readHeader(path: string, file: number): { readonly header: Header; readonly end: number } {
  const start = new Uint8Array(longestHeader);
  const line = start.subarray(0, readAt(file, path, start, 0));
  const end = line.indexOf(0x0a);
  const header = parseHeader(path, line.subarray(0, Math.max(end, 0)));
  const lengths = [header.weights, header.momentum, header.secondMoment];
  const isWhole = lengths.every((length) => Number.isSafeInteger(length) && length >= 0);
  if (!isWhole || fstatSync(file).size !== end + 1 + 4 * lengthOf(header)) throw damaged(path);
  return { header, end };
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

function damaged(path: string): DecodeError {
  return new DecodeError('badFormat', `${path} is damaged: remove it, and the agent folds the model anew from the log`);
}
