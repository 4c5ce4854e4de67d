/** The data keys of a simulated site: the real machine, whose state is all that is kept of them. @module */
import { nodeCrypto } from '#shared/crypto/node';
import { epochOfRound } from '#shared/secagg/keys/epoch';
import { epochOf, initialSiteKeyState, siteKeyStep } from '#shared/secagg/keys/site';
import type {
  SiteKeyEffect,
  SiteKeyEvent,
  SiteKeyMessage,
  SiteKeyState,
  SiteKeyStudy,
} from '#shared/secagg/keys/types';
import type { DataKey, RoundClosed } from '#shared/secagg/types';
import { freshDataKey } from './process-cipher.ts';

export class SimulatedKeys {
  readonly #study: SiteKeyStudy;
  readonly #send: (message: SiteKeyMessage) => void;
  #state: SiteKeyState = initialSiteKeyState();
  #modelRound = 0;

  constructor(study: SiteKeyStudy, send: (message: SiteKeyMessage) => void) {
    this.#study = study;
    this.#send = send;
  }

  /** The key that a round is under, if this site holds it. */
  ofRound(round: number): DataKey | null {
    const epoch = epochOfRound(this.#study, round);
    const { record, key } = epochOf(this.#state, epoch);
    return record === null || key === null ? null : { epoch, keyHash: record.keyHash, bytes: key };
  }

  /** Tells the coordinator what this site has. */
  sayHolding(): void {
    const { planHash, site } = this.#study;
    const keys = [...this.#state.epochs].flatMap(([epoch, { record, key }]) =>
      record === null || key === null ? [] : [{ epoch, keyHash: record.keyHash }],
    );
    this.#send({ kind: 'holding', site, planHash, modelRound: this.#modelRound, keys });
  }

  async receive(message: Extract<SiteKeyEvent, { kind: 'received' }>['message']): Promise<void> {
    await this.#step({ kind: 'received', message });
  }

  /** The round is over, and its model is the others'. */
  async settled({ round, outcome }: RoundClosed): Promise<void> {
    if (outcome === 'accepted') this.#modelRound = round;
    await this.#step({ kind: 'roundSettled', round });
    this.sayHolding();
  }

  async #step(event: SiteKeyEvent): Promise<void> {
    const { state, effects } = siteKeyStep(this.#study, this.#state, event, nodeCrypto);
    this.#state = state;
    for (const effect of effects) await this.#perform(effect);
  }

  async #perform(effect: SiteKeyEffect): Promise<void> {
    switch (effect.kind) {
      case 'makeKey': {
        const { epoch, place } = effect;
        return this.#step({ kind: 'keyMade', epoch, place, key: await freshDataKey(this.#study.encryption) });
      }
      case 'send':
        this.#send(effect.message);
        return;
      case 'keyGained':
        this.sayHolding();
        return;
      case 'refuse':
        throw new Error(`${this.#study.site} refuses what is about keys: ${effect.refusal.code}`);
      case 'keepOffer':
      case 'keepRecord':
      case 'keepKey':
      case 'destroyOffer':
      case 'destroyKey':
    }
  }
}
