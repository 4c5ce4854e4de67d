/**
 * What one site seals to another beyond a round: the data key of an epoch, and a model in chunks. Boxes are NaCl's, between
 * the sealing keys of the roster. The nonce of a box is the hash of its name, which says what it is and fixes its content:
 * so a box opens under its own name only, it need not be kept to be sent again, and no nonce serves two contents. Source:
 * proto/spec/secure-sum.md, section 4.
 *
 * @module
 */
import { frame, label } from '../../codec/frame.ts';
import type { Crypto } from '../../crypto/types.ts';
import { equalBytes } from '../../util/bytes.ts';
import type { SiteId } from '../../util/ids.ts';
import { isDataKey } from './data-key.ts';
import type { SnapshotName } from './record.ts';
import type { KeyBox, KeyRecord, KeyStudy, SiteKeyStudy } from './types.ts';

const nonceBytes = 24;

/** The key of a record for another site of the roster. The same key gives the same bytes. */
export function sealDataKey(
  crypto: Crypto,
  study: SiteKeyStudy,
  record: KeyRecord,
  recipient: SiteId,
  key: Uint8Array,
): KeyBox | undefined {
  const sealingKey = study.sites.get(recipient)?.sealingKey;
  if (sealingKey === undefined) return undefined;
  const { planHash, epoch } = record;
  const { site: sealer, sealingPrivateKey } = study;
  const nonce = keyNonce(crypto, record, sealer, recipient);
  const sealed = crypto.seal(sealingPrivateKey, sealingKey, nonce, key);
  return { kind: 'keyBox', planHash, epoch, sealer, recipient, sealed };
}

/** The key in a box for this site, or `undefined` when the box does not hold the key of this record, or that is none. */
export function openDataKey(
  crypto: Crypto,
  study: SiteKeyStudy,
  record: KeyRecord,
  { sealer, sealed }: KeyBox,
): Uint8Array | undefined {
  const sealingKey = study.sites.get(sealer)?.sealingKey;
  if (sealingKey === undefined) return undefined;
  const nonce = keyNonce(crypto, record, sealer, study.site);
  const key = crypto.open(study.sealingPrivateKey, sealingKey, nonce, sealed);
  if (key === undefined || !equalBytes(crypto.sha256(key), record.keyHash)) return undefined;
  return isDataKey(study.encryption, key) ? key : undefined;
}

/** One chunk of a snapshot, for its recipient. */
export function sealChunk(
  crypto: Crypto,
  keys: { readonly sealingPrivateKey: Uint8Array; readonly sealingKey: Uint8Array },
  name: SnapshotName,
  index: number,
  chunk: Uint8Array,
): Uint8Array {
  return crypto.seal(keys.sealingPrivateKey, keys.sealingKey, chunkNonce(crypto, name, index), chunk);
}

/** The chunk of a snapshot that its maker sealed to this site, or `undefined` when this is not that chunk. */
export function openChunk(
  crypto: Crypto,
  study: Pick<KeyStudy, 'sites'> & Pick<SiteKeyStudy, 'sealingPrivateKey'>,
  name: SnapshotName,
  index: number,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const sealingKey = study.sites.get(name.maker)?.sealingKey;
  if (sealingKey === undefined) return undefined;
  return crypto.open(study.sealingPrivateKey, sealingKey, chunkNonce(crypto, name, index), sealed);
}

/** `H(F(label "data-key-box", planHash, rosterHash, epoch, keyHash, maker, sealer, recipient))`, 24 bytes of it. */
function keyNonce(crypto: Crypto, record: KeyRecord, sealer: SiteId, recipient: SiteId): Uint8Array {
  const { planHash, rosterHash, epoch, keyHash, maker } = record;
  const name = frame(label('data-key-box'), planHash, rosterHash, epoch, keyHash, maker, sealer, recipient);
  return crypto.sha256(name).slice(0, nonceBytes);
}

/** `H(F(label "snapshot-chunk", planHash, rosterHash, epoch, round, modelHash, maker, recipient, byteLength, index))`, 24 bytes of it. */
function chunkNonce(crypto: Crypto, name: SnapshotName, index: number): Uint8Array {
  const { planHash, rosterHash, epoch, round, modelHash, maker, recipient, byteLength } = name;
  const of = frame(planHash, rosterHash, epoch, round, modelHash, maker, recipient, byteLength);
  return crypto.sha256(frame(label('snapshot-chunk'), of, index)).slice(0, nonceBytes);
}
