/**
 * The pieces of work on whole vectors. Each is a function of what is on disk and of its arguments, and can be done again
 * after a crash. They are the same in this thread and in one of their own (`vector-thread.ts`).
 *
 * @module
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { Bgv } from '#shared/crypto/bgv';
import { nodeCrypto } from '#shared/crypto/node';
import { toSumParameters } from '#shared/governance/sum-parameters';
import type { Plan } from '#shared/governance/types';
import type { Cipher } from '#shared/secagg/cipher/cipher';
import { cipherOf } from '#shared/secagg/cipher/cipher-of';
import type { UploadShape } from '#shared/secagg/context';
import type { SumParameters } from '#shared/secagg/types';
import { uniformSource } from '#shared/secagg/uniform-source';
import { uploadCut } from '#shared/secagg/upload-cut';
import { contributionChunks } from './contribution.ts';
import type { Contribution } from './contribution.ts';
import { foldAggregate } from './fold.ts';
import type { Folded } from './fold.ts';
import type { Folding } from './opened-parts.ts';
import { giveBack, ModelStore, stillThere } from './model-store.ts';
import { prepareUpload } from './prepare-upload.ts';
import type { Preparation } from './prepare-upload.ts';
import { storeChunks } from './sealed-chunks.ts';
import { Vault } from './vault.ts';

/** Quantise a contribution and store its vector, sealed, in the folder of its round. */
export interface Storing {
  readonly folder: string;
  readonly plan: Plan;
  readonly contribution: Contribution;
  /** 32 secret bytes, of this round alone. */
  readonly roundingSeed: Uint8Array;
}

/** Fold an aggregate on disk into the site's model, and store what the round may become. */
export interface StoredFolding extends Omit<Folding, 'model'> {
  /** The site's folder. */
  readonly dir: string;
  readonly planId: string;
  readonly aggregatePath: string;
}

/** What folding gave; the model itself is in the site's model store. */
export interface FoldedRound extends Omit<Folded, 'model'> {
  readonly modelHash: Uint8Array;
}

/** @throws UsageError as `contributionChunks`; TransportError (diskFull, unavailable, journalDamaged) */
export function storeContribution({ folder, plan, contribution, roundingSeed }: Storing): void {
  const chunks = contributionChunks(plan, contribution, uniformSource(nodeCrypto, roundingSeed));
  storeChunks(folder, Vault.existing(folder), uploadCut(toSumParameters(plan)), chunks);
}

/** @throws as `prepareUpload` */
export async function prepareStored(preparation: Preparation): Promise<UploadShape> {
  return prepareUpload(nodeCrypto, await cipherFor(preparation.parameters), preparation);
}

/** @throws as `foldAggregate`; VerificationError (modelMismatch) without a model; TransportError (diskFull, unavailable) */
export async function foldStored(folding: StoredFolding): Promise<FoldedRound> {
  const models = new ModelStore(folding.dir, folding.planId, nodeCrypto);
  const stored = stillThere(models.current());
  const file = openSync(folding.aggregatePath, 'r');
  try {
    const bytes = (from: number, length: number): Uint8Array => {
      const piece = new Uint8Array(length);
      return piece.subarray(0, readSync(file, piece, 0, length, from));
    };
    const cipher = await cipherFor(toSumParameters(folding.plan));
    const { model, ...said } = foldAggregate(cipher, { ...folding, model: stored.model }, bytes);
    const { hash } = models.propose(folding.published.round, model);
    for (const held of [stored.model, model]) giveBack(held);
    return { ...said, modelHash: hash };
  } finally {
    closeSync(file);
  }
}

/** A fresh data key of `bgv` as its bytes. MUST NOT leave this site but in a sealed box. */
export async function makeBgvKey(): Promise<Uint8Array> {
  return (await theBgv()).makeKey();
}

/** Not disposed: what a cipher holds beside that of this thread is nothing. */
async function cipherFor(parameters: SumParameters): Promise<Cipher> {
  const bgv = parameters.encryption === 'bgv' ? await theBgv() : null;
  return cipherOf({ crypto: nodeCrypto, parameters, bgv });
}

let loaded: Promise<Bgv> | undefined;

/** That of this thread, freed with it. It is some 40 MB when it is loaded: where it is not needed it stays away. */
async function theBgv(): Promise<Bgv> {
  loaded ??= import('node-seal').then(async ({ initialize }) => new Bgv(await initialize()));
  return loaded;
}
