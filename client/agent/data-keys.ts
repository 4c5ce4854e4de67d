/**
 * Drives the data keys of a plan at this site: an event goes through the machine, what it gives is written down and
 * flushed, and then said. There is no rule of the protocol in here; those are in `#shared/secagg/keys/site`.
 *
 * @module
 */
import type { Crypto } from '#shared/crypto/types';
import { epochOfRound } from '#shared/secagg/keys/epoch';
import { epochOf, siteKeyStep } from '#shared/secagg/keys/site';
import type {
  Holding,
  KeyRefusal,
  SiteKeyEffect,
  SiteKeyEvent,
  SiteKeyMessage,
  SiteKeyState,
  SiteKeyStudy,
} from '#shared/secagg/keys/types';
import type { DataKey } from '#shared/secagg/types';
import { unreachable } from '#shared/util/unreachable';
import type { Secret } from '#shared/util/secret';
import type { KeyFiles } from './key-files.ts';

/** What the keys ask of the rest of the agent. */
export interface KeyPorts {
  readonly crypto: Crypto;
  /** Draws a key of the plan's encryption. */
  readonly newKey: () => Promise<Secret>;
  readonly send: (message: SiteKeyMessage) => void;
  /** This site holds the key of this epoch now. */
  readonly gained: (epoch: number) => void;
  readonly refused: (refusal: KeyRefusal) => void;
  readonly failed: (error: unknown) => void;
}

/** The data keys of one plan. */
export class DataKeys {
  readonly study: SiteKeyStudy;
  readonly #files: KeyFiles;
  readonly #ports: KeyPorts;
  readonly #making = new Set<number>();
  #state: SiteKeyState;

  constructor(study: SiteKeyStudy, files: KeyFiles, ports: KeyPorts) {
    this.study = study;
    this.#files = files;
    this.#ports = ports;
    this.#state = files.load();
  }

  /** The key that a round is under, if this site holds it: which epoch that is follows from the plan. */
  ofRound(round: number): DataKey | null {
    const epoch = epochOfRound(this.study, round);
    const { record, key } = epochOf(this.#state, epoch);
    return record === null || key === null ? null : { epoch, keyHash: record.keyHash, bytes: key };
  }

  /** What the coordinator is told that this site has. */
  holding(modelRound: number): Holding {
    const { planHash, site } = this.study;
    const keys = [...this.#state.epochs].flatMap(([epoch, { record, key }]) =>
      record === null || key === null ? [] : [{ epoch, keyHash: record.keyHash }],
    );
    return { kind: 'holding', site, planHash, modelRound, keys };
  }

  receive(message: Extract<SiteKeyEvent, { kind: 'received' }>['message']): void {
    this.#handle({ kind: 'received', message });
  }

  /** All rounds up to this one are folded or have failed: keys that no other round needs are destroyed. */
  settled(round: number): void {
    this.#handle({ kind: 'roundSettled', round });
  }

  #handle(event: SiteKeyEvent): void {
    const { state, effects } = siteKeyStep(this.study, this.#state, event, this.#ports.crypto);
    const before = this.#state;
    this.#state = state;
    for (const effect of effects) if (effect.kind === 'destroyKey') epochOf(before, effect.epoch).key?.erase();
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: SiteKeyEffect): void {
    switch (effect.kind) {
      case 'makeKey':
        this.#make(effect.epoch, effect.place);
        return;
      case 'keepOffer':
        this.#files.keepOffer(effect.record, effect.key);
        return;
      case 'keepRecord':
        this.#files.keepRecord(effect.record);
        return;
      case 'keepKey':
        this.#files.keepKey(effect.epoch, effect.key);
        return;
      case 'destroyOffer':
        this.#files.destroyOffer(effect.epoch);
        return;
      case 'destroyKey':
        this.#files.destroyKey(effect.epoch);
        return;
      case 'send':
        this.#ports.send(effect.message);
        return;
      case 'keyGained':
        this.#ports.gained(effect.epoch);
        return;
      case 'refuse':
        this.#files.keepEvidence(effect.evidence);
        this.#ports.refused(effect.refusal);
        this.#ports.send(effect.refusal);
        return;
      default:
        unreachable(effect);
    }
  }

  /** One at a time for an epoch, however often it is asked for. */
  #make(epoch: number, place: number): void {
    if (this.#making.has(epoch)) return;
    this.#making.add(epoch);
    this.#ports
      .newKey()
      .then((key) => {
        this.#handle({ kind: 'keyMade', epoch, place, key });
      })
      .catch(this.#ports.failed)
      .finally(() => this.#making.delete(epoch));
  }
}
