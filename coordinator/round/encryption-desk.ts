/** What encryption adds to the coordinator's work for one plan: its data keys, and models for sites that have lost theirs. */
import type { SiteKeyMessage, SnapshotRecord } from '#shared/secagg/keys/types';
import type { SiteId } from '#shared/util/ids';
import { KeyDriver, keyStudy } from './key-driver.ts';
import type { KeyNotice, KeyWorld } from './key-driver.ts';
import type { ReadPlan } from './round-config.ts';
import { SnapshotDesk } from './snapshot-desk.ts';
import type { SnapshotNotice, SnapshotWorld } from './snapshot-desk.ts';

/** What both desks reach of the world. */
export type EncryptionWorld = KeyWorld & SnapshotWorld;
/** What an operator may want to see. */
export type EncryptionNotice = KeyNotice | SnapshotNotice;

export class EncryptionDesk {
  readonly #keys: KeyDriver;
  readonly #snapshots: SnapshotDesk;

  private constructor(keys: KeyDriver, snapshots: SnapshotDesk) {
    this.#keys = keys;
    this.#snapshots = snapshots;
  }

  /** The desk of a plan, from what is stored; `undefined` without encryption. */
  static open(current: ReadPlan, world: EncryptionWorld): EncryptionDesk | undefined {
    const study = keyStudy(current);
    if (study === undefined) return undefined;
    return new EncryptionDesk(new KeyDriver(study, current, world), new SnapshotDesk(study, current, world));
  }

  /** Connected sites that hold the key of the round that is needed and can follow its model. */
  get keyed(): ReadonlySet<SiteId> {
    const { lagging } = this.#snapshots;
    return new Set([...this.#keys.holders].filter((site) => !lagging.has(site)));
  }

  /** The key of this round is needed now, and every site that can be in it. */
  need(round: number): void {
    this.#keys.need(round);
    this.#snapshots.update(this.#keys);
  }

  receive(from: SiteId, message: SiteKeyMessage): void {
    if (message.kind === 'holding') this.#snapshots.heard(from);
    this.#keys.receive(from, message);
    if (message.kind === 'keyRefusal') this.#snapshots.refused(from, message);
  }

  disconnected(site: SiteId): void {
    this.#keys.disconnected(site);
  }

  /** @throws ProtocolError (wrongPhase) as `SnapshotDesk.expect`. */
  expectSnapshot(maker: SiteId, record: SnapshotRecord): void {
    this.#snapshots.expect(maker, record);
  }

  /** All chunks of an expected snapshot are on disk. */
  snapshotCompleted(record: SnapshotRecord): void {
    this.#snapshots.completed(record);
  }

  /** Nothing happens after this. */
  halt(): void {
    this.#keys.halt();
    this.#snapshots.halt();
  }
}
