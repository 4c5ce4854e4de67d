/**
 * The snapshots of a study: gives this site's model to a site that needs it, and takes another's in the place of its own
 * when enough sites have signed that.
 *
 * @module
 */
import type { Crypto } from '#shared/crypto/types';
import { ProtocolError, VerificationError } from '#shared/errors';
import type { ConsiliumError } from '#shared/errors';
import { snapshotProblem } from '#shared/secagg/keys/record';
import { snapshotByteLength, snapshotChunkCount } from '#shared/secagg/keys/snapshot';
import type { KeyRefusal, SiteKeyStudy, SnapshotRecord, SnapshotWanted } from '#shared/secagg/keys/types';
import { equalBytes } from '#shared/util/bytes';
import type { ModelStore } from './model-store.ts';
import type { Tell } from './progress.ts';
import { makeSnapshot, openSnapshot } from './snapshots.ts';
import type { MadeSnapshot } from './snapshots.ts';

/** What snapshots reach of the world. */
export interface SnapshotPorts {
  readonly crypto: Crypto;
  readonly models: ModelStore;
  readonly tell: Tell;
  readonly send: (refusal: KeyRefusal) => void;
  readonly uploadSnapshot: (made: MadeSnapshot) => void;
  /** The sealed chunks of the snapshot for this site, in order. */
  readonly fetchSnapshot: (chunkCount: number) => Promise<readonly Uint8Array[]>;
  /** The model that t sites signed for this round, if it was accepted. @throws VerificationError (badSignature) */
  readonly signedModelHash: (round: number) => Promise<Uint8Array | undefined>;
}

export class StudySnapshots {
  readonly #study: SiteKeyStudy;
  readonly #maxByteLength: number;
  readonly #ports: SnapshotPorts;

  /** `weightCount` numbers are in the model, and as many at most in each of its two moments. */
  constructor(study: SiteKeyStudy, weightCount: number, ports: SnapshotPorts) {
    this.#study = study;
    this.#maxByteLength = snapshotByteLength(3 * weightCount);
    this.#ports = ports;
  }

  /** Seals this site's model to the one that the coordinator names, if that is in the roster. */
  give(wanted: SnapshotWanted): void {
    const { crypto, models, uploadSnapshot } = this.#ports;
    const model = models.current();
    if (model === undefined || !equalBytes(wanted.planHash, this.#study.planHash)) return;
    const made = makeSnapshot(crypto, this.#study, wanted, model);
    if (made !== undefined) uploadSnapshot(made);
  }

  /** Whether the model of this snapshot is this site's now. One that is of no use is refused, by its maker's name. */
  async take(record: SnapshotRecord): Promise<boolean> {
    const { crypto, models, tell } = this.#ports;
    try {
      const sealed = await this.#fetch(record);
      const signed = await this.#ports.signedModelHash(record.round);
      models.install(record.round, openSnapshot(crypto, this.#study, record, signed, sealed));
    } catch (error) {
      if (!(error instanceof VerificationError || error instanceof ProtocolError)) throw error;
      this.#refuse(record, error);
      return false;
    }
    tell({ kind: 'snapshot', round: record.round, from: record.maker });
    return true;
  }

  async #fetch(record: SnapshotRecord): Promise<readonly Uint8Array[]> {
    const { crypto, fetchSnapshot } = this.#ports;
    const isSound = snapshotProblem(crypto, this.#study, record) === undefined;
    if (isSound && record.byteLength <= this.#maxByteLength)
      return fetchSnapshot(snapshotChunkCount(record.byteLength));
    throw new VerificationError('badSignature', `the snapshot of ${record.maker} is no snapshot of this plan`);
  }

  #refuse({ epoch, maker }: SnapshotRecord, { code }: ConsiliumError): void {
    const { planHash, site } = this.#study;
    this.#ports.send({ kind: 'keyRefusal', site, planHash, epoch, sealer: maker, code: 'badSnapshot' });
    this.#ports.tell({ kind: 'keyRefused', epoch, code, sealer: maker });
  }
}
