/**
 * A whole federation in memory: the real machines, real cryptography, a wire that is a queue and a clock that is a list
 * of deadlines. Site i contributes 2^i in every word, so that a sum names the sites in it. Faults are a list of `Op`.
 *
 * @module
 */
import { combineShares, splitSecret } from '#shared/crypto/shamir';
import { merkleRoot } from '#shared/log/merkle';
import { coordinatorStep, initialCoordinatorState } from '#shared/secagg/coordinator/round';
import { addMasks, maskUpload, oppositeMasks, reduceWords } from '#shared/secagg/mask';
import { initialSiteState, siteStep } from '#shared/secagg/site/round';
import type {
  CoordinatorDeadline,
  CoordinatorEffect,
  CoordinatorEvent,
  CoordinatorMessage,
  CoordinatorState,
  DealtShares,
  Mask,
  RoundClosed,
  SiteEffect,
  SiteEvent,
  SiteMessage,
  SiteRoundConfig,
  SiteState,
} from '#shared/secagg/types';
import { packWords, unpackWords, wordsPerChunk } from '#shared/secagg/wire-words';
import { concatBytes, equalBytes } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import { cachingCrypto } from '../../scripts/simulate/caching-crypto.ts';
import { bytesOf } from './secrets.ts';
import type { Study } from './study.ts';

const crypto = cachingCrypto();

/** Something on the wire. Chunks travel beside the messages, as one packet. */
export type Packet =
  | { readonly kind: 'down'; readonly site: SiteId; readonly message: CoordinatorMessage }
  | { readonly kind: 'up'; readonly site: SiteId; readonly message: SiteMessage }
  | {
      readonly kind: 'chunks';
      readonly site: SiteId;
      readonly commitment: Uint8Array;
      readonly chunks: readonly Uint8Array[];
    };

/** What a site may be lost before sending. */
export type Moment = SiteMessage['kind'] | 'chunks';

export type Op =
  /** Gone for good, just before it sends this. */
  | { readonly op: 'lose'; readonly site: SiteId; readonly before: Moment }
  /** The n-th packet is lost with its connection; the site connects again. */
  | { readonly op: 'drop'; readonly nth: number }
  | { readonly op: 'duplicate'; readonly nth: number }
  /** Killed when its n-th journal entry is on disk and nothing was done for it yet; starts again at once. */
  | { readonly op: 'crash'; readonly who: SiteId | 'coordinator'; readonly entry: number }
  /** This site deals shares that match their hashes and do not combine to what it committed to. */
  | { readonly op: 'misdeal'; readonly site: SiteId; readonly share?: Uint8Array }
  /** Each packet for which this is not undefined becomes what it gives. */
  | { readonly op: 'forge'; readonly as: (packet: Packet) => readonly Packet[] | undefined };

interface Member {
  readonly config: SiteRoundConfig;
  readonly vector: Uint32Array;
  readonly journal: SiteEvent[];
  readonly refusals: Extract<SiteEffect, { kind: 'refuse' }>[];
  readonly chunks: Map<string, readonly Uint8Array[]>;
  state: SiteState;
  lost: boolean;
  draws: number;
  erased: boolean;
  ended: RoundClosed | undefined;
}

/** A power of two that is the site's own, at every word, or at every n-th when a word has too few bits for all sites. */
export function vectorOf({ names, parameters }: Study, site: SiteId): Uint32Array {
  const { wordCount, modulusBits } = parameters;
  const place = names.indexOf(site);
  const wordsForAll = Math.ceil(names.length / modulusBits);
  const own = Math.floor(place / modulusBits);
  return new Uint32Array(wordCount).map((_, word) => (word % wordsForAll === own ? 2 ** (place % modulusBits) : 0));
}

export class Federation {
  readonly study: Study;
  readonly members: ReadonlyMap<SiteId, Member>;
  /** Everything that was sent, faults included: the tap on the wire. */
  readonly tap: Packet[] = [];
  readonly masks: Mask[][] = [];
  readonly coordinator = {
    journal: [] as CoordinatorEvent[],
    refusals: [] as Extract<CoordinatorEffect, { kind: 'refuse' }>[],
    state: initialCoordinatorState(),
    deadlines: [] as { readonly attempt: number; readonly phase: CoordinatorDeadline }[],
    expected: new Map<SiteId, Uint8Array>(),
    uploads: new Map<SiteId, Uint32Array>(),
    aggregate: undefined as Uint32Array | undefined,
    ended: undefined as RoundClosed | undefined,
  };
  readonly #queue: Packet[] = [];
  readonly #ops: readonly Op[];

  constructor(study: Study, ops: readonly Op[] = [], vectors = (site: SiteId) => vectorOf(study, site)) {
    this.study = study;
    this.#ops = ops;
    this.members = new Map(study.names.map((site) => [site, newMember(study.siteConfig(site), vectors(site))]));
  }

  /** The sum of the vectors of the sites in the published aggregate, as the bits of its first word; undefined if none. */
  get sum(): Uint32Array | undefined {
    return this.coordinator.aggregate;
  }

  member(site: SiteId): Member {
    return this.members.get(site)!; // every site of the study
  }

  /** Opens the round, lets everybody train, and delivers until nothing moves any more. */
  async run(): Promise<this> {
    await this.begin();
    while (await this.next());
    return this;
  }

  /** Delivers until a packet of this kind for this site is next; it is taken off the wire and not delivered. */
  async until<K extends CoordinatorMessage['kind']>(
    site: SiteId,
    kind: K,
  ): Promise<Extract<CoordinatorMessage, { kind: K }>> {
    await this.begin();
    for (;;) {
      const [packet] = this.#queue;
      if (packet?.kind === 'down' && packet.site === site && packet.message.kind === kind) {
        this.#queue.shift();
        return packet.message as Extract<CoordinatorMessage, { kind: K }>; // its kind was compared
      }
      if (!(await this.next())) throw new Error(`no ${kind} was sent to ${site}`);
    }
  }

  /** Opens the round and lets every site finish its training; once. */
  async begin(): Promise<void> {
    if (this.coordinator.journal.length > 0) return;
    await this.toCoordinator({ kind: 'opened' });
    for (const site of this.study.names) await this.toSite(site, { kind: 'trained' });
  }

  /** Delivers one packet, or lets the oldest deadline pass; false when there is neither. */
  async next(): Promise<boolean> {
    const packet = this.#queue.shift();
    if (packet !== undefined) await this.#deliver(packet);
    else {
      const passed = this.coordinator.deadlines.shift();
      if (passed === undefined) return false;
      await this.toCoordinator({ kind: 'deadline', ...passed });
    }
    return true;
  }

  /** What the coordinator does with an event: journal, step, effects. */
  async toCoordinator(event: CoordinatorEvent): Promise<void> {
    const { coordinator, study } = this;
    coordinator.journal.push(event);
    const step = coordinatorStep(study.coordinator, coordinator.state, event, crypto);
    coordinator.state = step.state;
    if (this.#crashes('coordinator', coordinator.journal.length)) return this.restartCoordinator();
    for (const effect of step.effects) await this.#performForCoordinator(effect);
  }

  /** Its state is what its journal says; what was in its memory is gone. */
  async restartCoordinator(): Promise<void> {
    const { coordinator, study } = this;
    coordinator.state = replayCoordinator(study, coordinator.journal);
    coordinator.deadlines.length = 0;
    coordinator.expected.clear();
    const greetings: CoordinatorEvent[] = study.names.map((site) => ({ kind: 'connected', site }));
    for (const event of [{ kind: 'restarted' } as const, ...greetings]) {
      const step = coordinatorStep(study.coordinator, coordinator.state, event, crypto);
      for (const effect of step.effects) await this.#performForCoordinator(effect);
    }
    for (const site of study.names) await this.reconnect(site);
  }

  /** What a site does with an event: journal, step, effects. */
  async toSite(site: SiteId, event: SiteEvent): Promise<void> {
    const member = this.member(site);
    if (member.lost) return;
    member.journal.push(event);
    const step = siteStep(member.config, member.state, event, crypto);
    member.state = step.state;
    if (this.#crashes(site, member.journal.length)) {
      member.state = replaySite(member.config, member.journal);
      await this.reconnect(site);
      return this.greet(site);
    }
    for (const effect of step.effects) await this.#performForSite(site, effect);
  }

  async reconnect(site: SiteId): Promise<void> {
    const member = this.member(site);
    if (member.lost) return;
    const { effects } = siteStep(member.config, member.state, { kind: 'reconnected' }, crypto);
    for (const effect of effects) await this.#performForSite(site, effect);
  }

  async greet(site: SiteId): Promise<void> {
    const { effects } = coordinatorStep(
      this.study.coordinator,
      this.coordinator.state,
      { kind: 'connected', site },
      crypto,
    );
    for (const effect of effects) await this.#performForCoordinator(effect);
  }

  put(packet: Packet): void {
    const forged = this.#ops.flatMap((op) => (op.op === 'forge' ? [op.as(packet)] : [])).find((as) => as !== undefined);
    for (const sent of forged ?? [packet]) {
      this.tap.push(sent);
      this.#queue.push(sent);
    }
  }

  async #deliver(packet: Packet): Promise<void> {
    const { site } = packet;
    const member = this.member(site);
    if (this.#losesNow(packet)) member.lost = true;
    if (member.lost) return;
    this.#delivered += 1;
    const nth = this.#delivered;
    if (this.#ops.some((op) => op.op === 'drop' && op.nth === nth)) {
      await this.reconnect(site);
      return this.greet(site);
    }
    const times = this.#ops.some((op) => op.op === 'duplicate' && op.nth === nth) ? 2 : 1;
    for (let i = 0; i < times; i++) await this.#arrive(packet);
  }
  #delivered = 0;

  #losesNow(packet: Packet): boolean {
    const moment = packet.kind === 'chunks' ? 'chunks' : packet.kind === 'up' ? packet.message.kind : undefined;
    return this.#ops.some((op) => op.op === 'lose' && op.site === packet.site && op.before === moment);
  }

  #crashes(who: SiteId | 'coordinator', entry: number): boolean {
    return this.#ops.some((op) => op.op === 'crash' && op.who === who && op.entry === entry);
  }

  async #arrive(packet: Packet): Promise<void> {
    if (packet.kind === 'up') {
      await this.toCoordinator({ kind: 'received', from: packet.site, message: packet.message });
    } else if (packet.kind === 'chunks') await this.#takeChunks(packet);
    else if (packet.message.kind === 'attemptOpened') {
      const { attempt } = packet.message;
      await this.toSite(packet.site, { kind: 'attemptOpened', attempt, secrets: this.#drawSecrets(packet.site) });
    } else await this.toSite(packet.site, { kind: 'received', message: packet.message });
  }

  #drawSecrets(site: SiteId): Extract<SiteEvent, { kind: 'attemptOpened' }>['secrets'] {
    return {
      maskPrivateKey: this.#draw(site, 32),
      channelPrivateKey: this.#draw(site, 32),
      selfMaskSeed: this.#draw(site, 32),
    };
  }

  #draw(site: SiteId, length: number): Uint8Array {
    const member = this.member(site);
    member.draws += 1;
    return bytesOf(`${site} draw ${String(member.draws)} round ${String(member.config.binding.round)}`).slice(
      0,
      length,
    );
  }

  async #takeChunks({ site, commitment, chunks }: Extract<Packet, { kind: 'chunks' }>): Promise<void> {
    const expected = this.coordinator.expected.get(site);
    if (expected === undefined || !equalBytes(expected, commitment)) return;
    const { wordCount, modulusBits } = this.study.parameters;
    const root = merkleRoot(crypto, chunks);
    const matches = equalBytes(commitment.slice(4, 36), root);
    if (matches) this.coordinator.uploads.set(site, unpackWords(concatBytes(chunks), wordCount, modulusBits));
    await this.toCoordinator({ kind: matches ? 'uploadCompleted' : 'uploadMismatched', from: site, commitment });
  }

  async #performForSite(site: SiteId, effect: SiteEffect): Promise<void> {
    const member = this.member(site);
    switch (effect.kind) {
      case 'send':
        this.put({ kind: 'up', site, message: effect.message });
        return;
      case 'dealShares':
        return this.toSite(site, {
          kind: 'sharesDealt',
          attempt: effect.attempt,
          shares: await this.#deal(site, effect),
        });
      case 'prepareUpload':
        return this.#prepareUpload(site, effect);
      case 'uploadChunks': {
        const { commitment } = effect.commitment;
        const chunks = [...member.chunks.values()].find((held) =>
          equalBytes(merkleRoot(crypto, held), commitment.slice(4, 36)),
        );
        this.put({ kind: 'chunks', site, commitment, chunks: chunks ?? [] });
        return;
      }
      case 'applyAggregate':
        return this.#fold(site, effect.published.aggregateHash);
      case 'refuse':
        member.refusals.push(effect);
        this.put({
          kind: 'up',
          site,
          message: { kind: 'refusal', site, round: member.config.binding.round, code: effect.code },
        });
        return;
      case 'eraseSecrets':
        member.erased = true;
        return;
      case 'roundEnded':
        member.ended = effect.closed;
    }
  }

  async #deal(
    site: SiteId,
    { secrets, holders, threshold }: Extract<SiteEffect, { kind: 'dealShares' }>,
  ): Promise<readonly DealtShares[]> {
    const selfMask = await splitSecret(secrets.selfMaskSeed, holders.length, threshold);
    const maskKey = await splitSecret(secrets.maskPrivateKey, holders.length, threshold);
    const misdeal = this.#ops.find((op) => op.op === 'misdeal' && op.site === site);
    if (misdeal?.op === 'misdeal') for (const share of selfMask) share.set(misdeal.share ?? this.#draw(site, 32));
    return holders.map((holder, i) => ({
      holder,
      selfMask: selfMask[i]!,
      maskKey: maskKey[i]!,
      nonce: this.#draw(site, 24),
    }));
  }

  /** The first bytes that were written are the ones that are sent, however often it is asked. */
  async #prepareUpload(
    site: SiteId,
    { attempt, masks, modulusBits }: Extract<SiteEffect, { kind: 'prepareUpload' }>,
  ): Promise<void> {
    const { vector, chunks } = this.member(site);
    const { wordCount, chunkBytes } = this.study.parameters;
    this.masks.push([...masks]);
    const masked = maskUpload(crypto, vector, masks, modulusBits);
    const perChunk = wordsPerChunk(chunkBytes, modulusBits);
    const cut: Uint8Array[] = [];
    for (let at = 0; at < wordCount; at += perChunk) cut.push(packWords(masked.slice(at, at + perChunk), modulusBits));
    chunks.set(String(attempt), cut);
    const byteLength = cut.reduce((sum, chunk) => sum + chunk.length, 0);
    const root = merkleRoot(crypto, cut);
    await this.toSite(site, { kind: 'uploadPrepared', attempt, root, chunkCount: cut.length, byteLength });
  }

  /** The model is a chain of hashes: the old one and the aggregate. */
  async #fold(site: SiteId, aggregateHash: Uint8Array): Promise<void> {
    const bytes = aggregateBytes(this.coordinator.aggregate ?? new Uint32Array());
    if (!equalBytes(crypto.sha256(bytes), aggregateHash)) {
      return this.toSite(site, { kind: 'aggregateRefused', code: 'commitmentMismatch' });
    }
    const { modelHash } = this.member(site).config.binding;
    await this.toSite(site, { kind: 'modelFolded', modelHash: crypto.sha256(modelHash, bytes) });
  }

  async #performForCoordinator(effect: CoordinatorEffect): Promise<void> {
    const { coordinator } = this;
    switch (effect.kind) {
      case 'send':
        this.put({ kind: 'down', site: effect.to, message: effect.message });
        return;
      case 'startDeadline':
        coordinator.deadlines.push({ attempt: effect.attempt, phase: effect.phase });
        return;
      case 'expectUpload':
        coordinator.expected.set(effect.from, effect.commitment);
        return;
      case 'combineShares': {
        const secrets = await Promise.all(effect.requests.map(({ shares }) => combineShares(shares).catch(() => null)));
        return this.toCoordinator({ kind: 'sharesCombined', secrets });
      }
      case 'sumUploads':
        return this.#sumUploads(effect);
      case 'refuse': {
        coordinator.refusals.push(effect);
        const { round } = this.study.coordinator.binding;
        this.put({ kind: 'down', site: effect.to, message: { kind: 'messageRefused', round, code: effect.code } });
        return;
      }
      case 'deleteUploads':
        for (const site of effect.of) coordinator.uploads.delete(site);
        return;
      case 'roundEnded':
        coordinator.ended = effect.closed;
    }
  }

  async #sumUploads({ u3, masks }: Extract<CoordinatorEffect, { kind: 'sumUploads' }>): Promise<void> {
    const { wordCount, modulusBits } = this.study.parameters;
    const sum = new Uint32Array(wordCount);
    for (const site of u3) {
      for (const [i, word] of this.coordinator.uploads.get(site)!.entries()) sum[i]! += word;
    }
    addMasks(crypto, sum, oppositeMasks(masks));
    reduceWords(sum, modulusBits);
    this.coordinator.aggregate = sum;
    const bytes = aggregateBytes(sum);
    const aggregateHash = crypto.sha256(bytes);
    await this.toCoordinator({ kind: 'aggregateSummed', aggregateHash, byteLength: bytes.length });
  }
}

/** The state that a journal leads to. */
export function replayCoordinator({ coordinator }: Study, journal: readonly CoordinatorEvent[]): CoordinatorState {
  return journal.reduce(
    (state, event) => coordinatorStep(coordinator, state, event, crypto).state,
    initialCoordinatorState(),
  );
}

/** The state that a site's journal leads to. */
export function replaySite(config: SiteRoundConfig, journal: readonly SiteEvent[]): SiteState {
  return journal.reduce((state, event) => siteStep(config, state, event, crypto).state, initialSiteState());
}

function newMember(config: SiteRoundConfig, vector: Uint32Array): Member {
  return {
    config,
    vector,
    journal: [],
    refusals: [],
    chunks: new Map(),
    state: initialSiteState(),
    lost: false,
    draws: 0,
    erased: false,
    ended: undefined,
  };
}

/** Words of 4 bytes little-endian. */
function aggregateBytes(words: Uint32Array): Uint8Array {
  return packWords(words, 32);
}
