/**
 * The signed records of keys and snapshots: made by one site, checked by every other. Source: proto/spec/secure-sum.md,
 * section 4.
 *
 * @module
 */
import { frame, label } from '../../codec/frame.ts';
import { bgvParametersText } from '../../crypto/bgv-format.ts';
import type { Crypto } from '../../crypto/types.ts';
import { equalBytes } from '../../util/bytes.ts';
import { epochOfRound, makerOrder } from './epoch.ts';
import type { KeyRecord, KeyRefusalCode, KeyStudy, SiteKeyStudy, SnapshotRecord } from './types.ts';

const parametersOf: Readonly<Record<KeyStudy['encryption'], string>> = {
  stream: 'stream HKDF-SHA256 AES-256-CTR keyBytes=32',
  bgv: bgvParametersText,
};

/** The record of a key that this site made at its place. The same key gives the same bytes. */
export function makeKeyRecord(
  crypto: Crypto,
  study: SiteKeyStudy,
  key: { readonly epoch: number; readonly place: number; readonly bytes: Uint8Array },
): KeyRecord {
  const { planHash, rosterHash, site: maker, identitySeed } = study;
  const { epoch, place } = key;
  const said = { planHash, rosterHash, epoch, place, maker, keyHash: crypto.sha256(key.bytes) };
  const record = { ...said, parameters: parametersOf[study.encryption] };
  return { kind: 'keyRecord', ...record, signature: crypto.sign(identitySeed, recordBytes(record)) };
}

/** What is wrong with a record, if anything. Whether it is the first of its epoch is for whoever keeps them. */
export function keyRecordProblem(crypto: Crypto, study: KeyStudy, record: KeyRecord): KeyRefusalCode | undefined {
  const maker = study.sites.get(record.maker);
  if (maker === undefined) return 'notRostered';
  if (!crypto.verify(maker.identityKey, recordBytes(record), record.signature)) return 'badSignature';
  const isOfThis =
    equalBytes(record.planHash, study.planHash) &&
    equalBytes(record.rosterHash, study.rosterHash) &&
    record.parameters === parametersOf[study.encryption] &&
    isEpoch(study, record.epoch) &&
    makerOrder(crypto, study, record.epoch)[record.place] === record.maker;
  return isOfThis ? undefined : 'notOfThisEpoch';
}

/** Whether two records are the same bytes. */
export function isSameRecord(a: KeyRecord, b: KeyRecord): boolean {
  return equalBytes(recordBytes(a), recordBytes(b)) && equalBytes(a.signature, b.signature);
}

/** Whether a plan has this epoch. */
export function isEpoch(study: Pick<KeyStudy, 'rounds' | 'keyEpochRounds'>, epoch: number): boolean {
  return epoch >= 1 && epoch <= epochOfRound(study, study.rounds);
}

/** What a snapshot is, apart from its signature. */
export type SnapshotName = Omit<SnapshotRecord, 'kind' | 'signature'>;

/** A snapshot's record with the signature of its maker. */
export function signSnapshot(crypto: Crypto, identitySeed: Uint8Array, name: SnapshotName): SnapshotRecord {
  return { kind: 'snapshotRecord', ...name, signature: crypto.sign(identitySeed, snapshotBytes(name)) };
}

/** What is wrong with a snapshot's record, if anything. Whether the sites signed its model is for its recipient. */
export function snapshotProblem(crypto: Crypto, study: KeyStudy, record: SnapshotRecord): KeyRefusalCode | undefined {
  const maker = study.sites.get(record.maker);
  if (maker === undefined || !study.sites.has(record.recipient)) return 'notRostered';
  if (!crypto.verify(maker.identityKey, snapshotBytes(record), record.signature)) return 'badSignature';
  const isOfThis =
    equalBytes(record.planHash, study.planHash) &&
    equalBytes(record.rosterHash, study.rosterHash) &&
    isEpoch(study, record.epoch) &&
    record.round <= study.rounds;
  return isOfThis ? undefined : 'notOfThisEpoch';
}

/** `F(label "key-epoch", planHash, rosterHash, epoch, place, maker, keyHash, parameters)`. */
function recordBytes(record: Omit<KeyRecord, 'kind' | 'signature'>): Uint8Array {
  const { planHash, rosterHash, epoch, place, maker, keyHash, parameters } = record;
  return frame(label('key-epoch'), planHash, rosterHash, epoch, place, maker, keyHash, parameters);
}

/** `F(label "snapshot", planHash, rosterHash, epoch, round, modelHash, maker, recipient, byteLength)`. */
function snapshotBytes(name: SnapshotName): Uint8Array {
  const { planHash, rosterHash, epoch, round, modelHash, maker, recipient, byteLength } = name;
  return frame(label('snapshot'), planHash, rosterHash, epoch, round, modelHash, maker, recipient, byteLength);
}
