/**
 * Drives the desk for the data keys of the current plan: a message goes through the machine, what it gives is stored and
 * flushed, and then said. No `if` about the protocol is here. After a restart the desk is what is stored, and what the
 * sites say when they connect again.
 */
import type { Crypto } from '#shared/crypto/types';
import { TransportError } from '#shared/errors';
import { initialKeyDeskState, keyDeskStep, keyHolders } from '#shared/secagg/keys/desk';
import { epochOfRound } from '#shared/secagg/keys/epoch';
import type {
  CoordinatorKeyMessage,
  Holding,
  KeyDeadline,
  KeyDeskEffect,
  KeyDeskEvent,
  KeyDeskState,
  KeyRefusal,
  KeyStudy,
  SiteKeyMessage,
} from '#shared/secagg/keys/types';
import type { SiteId } from '#shared/util/ids';
import { unreachable } from '#shared/util/unreachable';
import type { KeyPlace, KeyStore } from '../store/keys.ts';
import type { Clock } from './clock.ts';
import type { ReadPlan } from './round-config.ts';

/** What the desk reaches of the world. */
export interface KeyWorld {
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly send: (to: SiteId, message: CoordinatorKeyMessage) => void;
  readonly notice: (notice: KeyNotice) => void;
  /** Another site holds the key, or has said more of itself. */
  readonly changed: () => void;
  /** The store failed: the program has to stop. */
  readonly stop: (error: unknown) => void;
}
/** What an operator may want to see. */
export type KeyNotice =
  | { readonly kind: 'keyMade'; readonly epoch: number; readonly maker: SiteId }
  | { readonly kind: 'keyRefused'; readonly site: SiteId; readonly code: string }
  | {
      readonly kind: 'keyReported';
      readonly site: SiteId;
      readonly sealer: SiteId | null;
      readonly code: string;
    };

/** The keys' part of a plan under its roster; `undefined` without encryption. */
export function keyStudy({ stored, plan, roster }: ReadPlan): KeyStudy | undefined {
  const { encryption, keyEpochRounds } = plan.sum;
  if (encryption === 'none') return undefined;
  const { planHash, rosterHash } = stored;
  const sites = new Map(roster.sites.map((entry) => [entry.site, entry] as const));
  return { planHash, rosterHash, encryption, rounds: plan.rounds, keyEpochRounds, sites };
}

/** The hash of the key that a round is under, which was written down before it opened; `null` without encryption. */
export function keyHashOfRound(keys: KeyStore, current: ReadPlan, round: number): Uint8Array | null {
  const study = keyStudy(current);
  if (study === undefined) return null;
  const record = keys.record(keyPlace(current), epochOfRound(study, round));
  if (record !== null) return record.keyHash;
  throw new TransportError('journalDamaged', `the coordinator's database: round ${round} has no data key`);
}

function keyPlace({ stored: { id: planId, planHash, rosterHash } }: ReadPlan): KeyPlace {
  return { planId, planHash, rosterHash };
}

export class KeyDriver {
  readonly study: KeyStudy;
  readonly #place: KeyPlace;
  readonly #deadlineMs: number;
  readonly #world: KeyWorld;
  readonly #callOff = new Map<KeyDeadline['kind'], () => void>();
  #state: KeyDeskState = initialKeyDeskState();

  constructor(study: KeyStudy, current: ReadPlan, world: KeyWorld) {
    this.study = study;
    this.#place = keyPlace(current);
    this.#deadlineMs = current.plan.schedule.phaseMs;
    this.#world = world;
  }

  /** The epoch that is needed now. */
  get epoch(): number {
    return this.#state.epoch;
  }

  /** Connected sites that hold its key. */
  get holders(): ReadonlySet<SiteId> {
    return keyHolders(this.#state);
  }

  /** Sites for which it is here, sealed. */
  get recipients(): ReadonlySet<SiteId> {
    return new Set(this.#state.sealers.keys());
  }

  /** What connected sites say that they have. */
  get holdings(): ReadonlyMap<SiteId, Holding> {
    return this.#state.holdings;
  }

  /** The key of this round is needed now. */
  need(round: number): void {
    const epoch = epochOfRound(this.study, round);
    if (epoch === this.#state.epoch) return;
    const { keys } = this.#world;
    const record = keys.record(this.#place, epoch);
    this.#handle({ kind: 'needed', epoch, record, sealers: keys.sealers(this.#place, epoch) });
  }

  receive(from: SiteId, message: SiteKeyMessage): void {
    this.#handle({ kind: 'received', from, message });
    this.#world.changed();
  }

  disconnected(site: SiteId): void {
    this.#handle({ kind: 'disconnected', site });
  }

  /** Nothing happens after this. */
  halt(): void {
    for (const callOff of this.#callOff.values()) callOff();
  }

  #handle(event: KeyDeskEvent): void {
    try {
      const { state, effects } = keyDeskStep(this.study, this.#state, event, this.#world.crypto);
      this.#state = state;
      for (const effect of effects) this.#perform(effect);
    } catch (error) {
      this.#world.stop(error);
      throw error;
    }
  }

  #perform(effect: KeyDeskEffect): void {
    const { keys, send, notice } = this.#world;
    switch (effect.kind) {
      case 'storeRecord':
        keys.addRecord(this.#place, effect.record, effect.boxes);
        notice({ kind: 'keyMade', epoch: effect.record.epoch, maker: effect.record.maker });
        return;
      case 'storeBox':
        keys.putBox(this.#place, effect.box);
        return;
      case 'deleteBox':
        keys.deleteBox(this.#place, effect.epoch, effect.recipient);
        return;
      case 'send':
        send(effect.to, effect.message);
        return;
      case 'deliverBox': {
        const box = keys.box(this.#place, effect.epoch, effect.to);
        if (box !== undefined) send(effect.to, box);
        return;
      }
      case 'startDeadline':
        this.#startDeadline(effect.epoch, effect.of);
        return;
      case 'refuse':
        notice({ kind: 'keyRefused', site: effect.from, code: effect.code });
        return;
      case 'reported':
        notice(reported(effect.refusal));
        return;
      default:
        unreachable(effect);
    }
  }

  #startDeadline(epoch: number, of: KeyDeadline): void {
    const { clock } = this.#world;
    this.#callOff.get(of.kind)?.();
    const callOff = clock.at(clock.now() + this.#deadlineMs, () => {
      try {
        this.#handle({ kind: 'deadline', epoch, of });
      } catch {
        // The world has been told to stop.
      }
    });
    this.#callOff.set(of.kind, callOff);
  }
}

function reported({ site, sealer, code }: KeyRefusal): KeyNotice {
  return { kind: 'keyReported', site, sealer, code };
}
