/**
 * Sites and a coordinator about data keys, in memory: the real machines, real boxes, a wire that is a queue. A test may
 * change or swallow any message.
 *
 * @module
 */
import { nodeCrypto as crypto } from '#shared/crypto/node';
import { initialKeyDeskState, keyDeskStep, keyHolders } from '#shared/secagg/keys/desk';
import { initialSiteKeyState, siteKeyStep } from '#shared/secagg/keys/site';
import type {
  CoordinatorKeyMessage,
  Holding,
  KeyBox,
  KeyDeadline,
  KeyDeskEvent,
  KeyDeskState,
  KeyRecord,
  KeyRefusal,
  KeyStudy,
  SiteKeyEffect,
  SiteKeyEvent,
  SiteKeyMessage,
  SiteKeyState,
  SiteKeyStudy,
} from '#shared/secagg/keys/types';
import type { SiteId } from '#shared/util/ids';
import { Secret } from '#shared/util/secret';
import { bytesOf, siteId } from './secrets.ts';
import { identitySeed } from './study.ts';

/** A site's X25519 private key. */
export function sealingKeyOf(site: string): Uint8Array {
  return bytesOf(`sealing key of ${site}`);
}

/** A plan of 10 rounds under the roster of these sites, with epochs of 2 rounds. */
export function keyStudyOf(names: readonly SiteId[], change: Partial<KeyStudy> = {}): KeyStudy {
  const sites = new Map(
    names.map((name) => [
      name,
      {
        identityKey: crypto.ed25519PublicKey(identitySeed(name)),
        sealingKey: crypto.x25519PublicKey(sealingKeyOf(name)),
      },
    ]),
  );
  const rosterHash = bytesOf(`roster of ${names.join(' ')}`);
  return {
    planHash: bytesOf('plan'),
    rosterHash,
    encryption: 'stream',
    rounds: 10,
    keyEpochRounds: 2,
    sites,
    ...change,
  };
}

/** The study with a site's own secrets. */
export function siteStudyOf(study: KeyStudy, site: SiteId): SiteKeyStudy {
  return { ...study, site, identitySeed: identitySeed(site), sealingPrivateKey: sealingKeyOf(site) };
}

interface Member {
  readonly study: SiteKeyStudy;
  state: SiteKeyState;
  connected: boolean;
  readonly effects: SiteKeyEffect[];
  made: number;
}

type Packet =
  | { readonly to: SiteId; readonly message: CoordinatorKeyMessage }
  | { readonly from: SiteId; readonly message: SiteKeyMessage };

export class KeyFederation {
  readonly study: KeyStudy;
  readonly members: ReadonlyMap<SiteId, Member>;
  desk: KeyDeskState = initialKeyDeskState();
  /** What the coordinator has on its disk. */
  readonly records = new Map<number, KeyRecord>();
  readonly boxes = new Map<string, KeyBox>();
  readonly reports: KeyRefusal[] = [];
  readonly refused: { readonly from: SiteId; readonly code: string }[] = [];
  /** Everything that went over the wire. */
  readonly tap: Packet[] = [];
  deadlines: { readonly epoch: number; readonly of: KeyDeadline }[] = [];
  /** What becomes of a message; none swallows it. */
  tamper: (packet: Packet) => readonly Packet[] = (packet) => [packet];
  readonly #queue: Packet[] = [];

  constructor(names: readonly string[], change: Partial<KeyStudy> = {}) {
    const sites = names.map(siteId);
    this.study = keyStudyOf(sites, change);
    this.members = new Map(
      sites.map((site) => [
        site,
        {
          ...{ study: siteStudyOf(this.study, site), state: initialSiteKeyState() },
          ...{ connected: false, effects: [], made: 0 },
        },
      ]),
    );
  }

  get holders(): ReadonlySet<SiteId> {
    return keyHolders(this.desk);
  }

  member(site: SiteId): Member {
    return this.members.get(site)!; // every site of the study
  }

  /** The key that a site holds of an epoch, as bytes. */
  keyOf(site: SiteId, epoch: number): Uint8Array | undefined {
    return this.member(site).state.epochs.get(epoch)?.key?.expose();
  }

  connect(...sites: readonly SiteId[]): void {
    for (const site of sites) {
      this.member(site).connected = true;
      this.sayHolding(site);
    }
  }

  disconnect(site: SiteId): void {
    this.member(site).connected = false;
    this.toDesk({ kind: 'disconnected', site });
  }

  sayHolding(site: SiteId): void {
    const keys = [...this.member(site).state.epochs].flatMap(([epoch, { record, key }]) =>
      record === null || key === null ? [] : [{ epoch, keyHash: record.keyHash }],
    );
    const holding: Holding = { kind: 'holding', site, planHash: this.study.planHash, modelRound: 0, keys };
    this.#send({ from: site, message: holding });
  }

  /** This epoch is needed: what is stored of it is taken up. */
  need(epoch: number): void {
    const sealers = new Map(
      [...this.boxes.values()].flatMap((box) => (box.epoch === epoch ? [[box.recipient, box.sealer] as const] : [])),
    );
    this.toDesk({ kind: 'needed', epoch, record: this.records.get(epoch) ?? null, sealers });
  }

  /** The coordinator is killed and started again; sites connect again. */
  restartDesk(epoch: number): void {
    this.desk = initialKeyDeskState();
    this.need(epoch);
    for (const [site, { connected }] of this.members) if (connected) this.sayHolding(site);
  }

  /** Delivers until nothing moves. */
  run(): this {
    for (let packet = this.#queue.shift(); packet !== undefined; packet = this.#queue.shift()) {
      if ('from' in packet) this.toDesk({ kind: 'received', from: packet.from, message: packet.message });
      else if (this.member(packet.to).connected && isOfKeys(packet.message)) {
        this.toSite(packet.to, { kind: 'received', message: packet.message });
      }
    }
    return this;
  }

  /** The deadlines that are set pass. */
  pass(): this {
    for (const deadline of this.deadlines.splice(0)) this.toDesk({ kind: 'deadline', ...deadline });
    return this.run();
  }

  toDesk(event: KeyDeskEvent): void {
    const { state, effects } = keyDeskStep(this.study, this.desk, event, crypto);
    this.desk = state;
    for (const effect of effects) {
      if (effect.kind === 'storeRecord') this.records.set(effect.record.epoch, effect.record);
      const boxes = effect.kind === 'storeRecord' ? effect.boxes : effect.kind === 'storeBox' ? [effect.box] : [];
      for (const box of boxes) this.boxes.set(`${String(box.epoch)} ${box.recipient}`, box);
      if (effect.kind === 'deleteBox') this.boxes.delete(`${effect.epoch} ${effect.recipient}`);
      if (effect.kind === 'send') this.#send({ to: effect.to, message: effect.message });
      if (effect.kind === 'deliverBox') {
        this.#send({ to: effect.to, message: this.boxes.get(`${effect.epoch} ${effect.to}`)! }); // it was stored
      }
      if (effect.kind === 'startDeadline') this.deadlines.push({ epoch: effect.epoch, of: effect.of });
      if (effect.kind === 'refuse') this.refused.push({ from: effect.from, code: effect.code });
      if (effect.kind === 'reported') this.reports.push(effect.refusal);
    }
  }

  toSite(site: SiteId, event: SiteKeyEvent): void {
    const member = this.member(site);
    const { state, effects } = siteKeyStep(member.study, member.state, event, crypto);
    member.state = state;
    for (const effect of effects) {
      member.effects.push(effect);
      if (effect.kind === 'send') this.#send({ from: site, message: effect.message });
      if (effect.kind === 'refuse') this.#send({ from: site, message: effect.refusal });
      if (effect.kind === 'keyGained') this.sayHolding(site);
      if (effect.kind === 'makeKey') {
        const key = new Secret(bytesOf(`key ${String(effect.epoch)} of ${site}, ${String(member.made++)}`));
        this.toSite(site, { kind: 'keyMade', epoch: effect.epoch, place: effect.place, key });
      }
    }
  }

  #send(packet: Packet): void {
    for (const changed of this.tamper(packet)) {
      this.tap.push(changed);
      this.#queue.push(changed);
    }
  }
}

function isOfKeys(message: CoordinatorKeyMessage): message is Extract<SiteKeyEvent, { kind: 'received' }>['message'] {
  return message.kind !== 'snapshotWanted' && message.kind !== 'snapshotRecord';
}
