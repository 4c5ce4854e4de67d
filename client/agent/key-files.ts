/**
 * The data keys of a plan on disk, `DIR/data-keys/PLAN/`: of each epoch the record and the key, this site's own offer until
 * it counts, and what the coordinator brought that differs. Files of mode 0600; a key is overwritten before it goes.
 *
 * @module
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { encodeEvent } from '#shared/codec/event-json';
import type { CoordinatorKeyMessage, KeyRecord, SiteEpoch, SiteKeyState } from '#shared/secagg/keys/types';
import { Secret } from '#shared/util/secret';
import { decodeKeyRecord } from '#shared/wire/decode-keys';
import { encodeKeyRecord } from '#shared/wire/encode-keys';
import { destroyFile, makePrivateFolder, readPrivate, writeWhole } from './disk.ts';

/** So much evidence is kept; a coordinator that lies without end shall not fill the disk. */
const maxEvidence = 20;

type Kind = 'record' | 'key' | 'offer' | 'offer-key';

/** The files of one plan under one roster. */
export class KeyFiles {
  readonly #folder: string;

  constructor(dir: string, planId: string) {
    this.#folder = join(dir, 'data-keys', planId);
    makePrivateFolder(this.#folder);
  }

  /** What was kept. What a crash may leave, a key without its record or half written, is destroyed: it comes again. */
  load(): SiteKeyState {
    for (const name of readdirSync(this.#folder)) if (name.endsWith('.tmp')) destroyFile(join(this.#folder, name));
    const names = readdirSync(this.#folder).map((name) => /^epoch-(\d+)\./.exec(name)?.[1]);
    const epochs = new Map<number, SiteEpoch>();
    for (const epoch of new Set(names.flatMap((digits) => (digits === undefined ? [] : [Number(digits)])))) {
      epochs.set(epoch, this.#epoch(epoch));
    }
    return { epochs, settledRound: 0 };
  }

  keepOffer(record: KeyRecord, key: Secret): void {
    writeWhole(this.#path(record.epoch, 'offer-key'), key.expose());
    writeWhole(this.#path(record.epoch, 'offer'), encodeKeyRecord(record));
  }

  destroyOffer(epoch: number): void {
    destroyFile(this.#path(epoch, 'offer'));
    destroyFile(this.#path(epoch, 'offer-key'));
  }

  keepRecord(record: KeyRecord): void {
    writeWhole(this.#path(record.epoch, 'record'), encodeKeyRecord(record));
  }

  keepKey(epoch: number, key: Secret): void {
    writeWhole(this.#path(epoch, 'key'), key.expose());
  }

  destroyKey(epoch: number): void {
    destroyFile(this.#path(epoch, 'key'));
  }

  /** What the coordinator brought and this site does not believe. */
  keepEvidence(message: CoordinatorKeyMessage): void {
    const count = readdirSync(this.#folder).filter((name) => name.startsWith('evidence-')).length;
    if (count < maxEvidence) writeWhole(join(this.#folder, `evidence-${count}.json`), encodeEvent(message));
  }

  #epoch(epoch: number): SiteEpoch {
    const record = this.#record(epoch, 'record');
    const offered = this.#record(epoch, 'offer');
    if (record === null) destroyFile(this.#path(epoch, 'key'));
    const offerKey = offered === null || record !== null ? null : this.#key(epoch, 'offer-key');
    if (offered === null || offerKey === null) this.destroyOffer(epoch);
    const offer = offered === null || offerKey === null ? null : { record: offered, key: offerKey };
    return { record, key: record === null ? null : this.#key(epoch, 'key'), offer };
  }

  #record(epoch: number, kind: 'record' | 'offer'): KeyRecord | null {
    const bytes = readPrivate(this.#path(epoch, kind));
    return bytes === undefined ? null : decodeKeyRecord(bytes);
  }

  #key(epoch: number, kind: 'key' | 'offer-key'): Secret | null {
    const bytes = readPrivate(this.#path(epoch, kind));
    return bytes === undefined ? null : new Secret(bytes);
  }

  #path(epoch: number, kind: Kind): string {
    return join(this.#folder, `epoch-${epoch}.${kind}`);
  }
}
