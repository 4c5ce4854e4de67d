/**
 * Models from site to site: this site's, sealed to one that cannot come to it, and another's, believed only when enough
 * sites have signed it.
 *
 * @module
 */
import type { Crypto } from '#shared/crypto/types';
import { VerificationError } from '#shared/errors';
import type { Model } from '#shared/model/apply';
import { modelHash } from '#shared/model/model-hash';
import { openChunk, sealChunk } from '#shared/secagg/keys/box';
import { modelOfSnapshot, snapshotByteLength, snapshotChunk, snapshotParts } from '#shared/secagg/keys/snapshot';
import { signSnapshot, snapshotProblem } from '#shared/secagg/keys/record';
import type { SiteKeyStudy, SnapshotRecord, SnapshotWanted } from '#shared/secagg/keys/types';
import { concatBytes, equalBytes } from '#shared/util/bytes';
import type { StoredModel } from './model-store.ts';

/** A snapshot to send: the same bytes however often a chunk is asked for. */
export interface MadeSnapshot {
  readonly record: SnapshotRecord;
  readonly chunk: (index: number) => Uint8Array;
}

/** This site's model, sealed to the site that needs it; `undefined` if that is no other site of the roster, or nothing is folded yet. */
export function makeSnapshot(
  crypto: Crypto,
  study: SiteKeyStudy,
  { epoch, recipient }: SnapshotWanted,
  { round, hash, model }: StoredModel,
): MadeSnapshot | undefined {
  const { planHash, rosterHash, site: maker, identitySeed, sealingPrivateKey } = study;
  const sealingKey = study.sites.get(recipient)?.sealingKey;
  if (sealingKey === undefined || recipient === maker || round === 0) return undefined;
  const numberCount = model.weights.length + model.momentum.length + model.secondMoment.length;
  const byteLength = snapshotByteLength(numberCount);
  const name = { planHash, rosterHash, epoch, round, modelHash: hash, maker, recipient, byteLength };
  const record = signSnapshot(crypto, identitySeed, name);
  const parts = snapshotParts(model);
  const keys = { sealingPrivateKey, sealingKey };
  return { record, chunk: (index) => sealChunk(crypto, keys, record, index, snapshotChunk(parts, index)) };
}

/**
 * The model of a snapshot for this site, whose sealed chunks are given in order.
 *
 * @throws VerificationError (badSignature) if the record is not its maker's over this plan, (boxNotAuthentic) if a chunk is
 * not what it must be, (modelMismatch) if the model is not the one that the sites signed for that round.
 */
export function openSnapshot(
  crypto: Crypto,
  study: SiteKeyStudy,
  record: SnapshotRecord,
  signedModelHash: Uint8Array | undefined,
  sealed: readonly Uint8Array[],
): Model {
  const who = `the snapshot of ${record.maker} after round ${record.round}`;
  if (record.recipient !== study.site || snapshotProblem(crypto, study, record) !== undefined) {
    throw new VerificationError('badSignature', `${who}: is not signed for this site in this plan`);
  }
  const chunks = sealed.map((chunk, index) => {
    const opened = openChunk(crypto, study, record, index, chunk);
    if (opened === undefined) throw new VerificationError('boxNotAuthentic', `${who}: chunk ${index} does not open`);
    return opened;
  });
  const model = modelOfSnapshot(concatBytes(chunks));
  const found = model === undefined ? undefined : modelHash(crypto, model);
  if (model === undefined || found === undefined || !equalBytes(found, signedModelHash ?? new Uint8Array())) {
    throw new VerificationError('modelMismatch', `${who}: is not the model that the sites signed`);
  }
  return model;
}
