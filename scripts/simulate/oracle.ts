/**
 * Who knows what, and whether every promise holds: kept from what the simulator gave to the sites and from what they sent,
 * never from what a party reports about itself. It knows the rules of the protocol, not how the machines follow them.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Crypto } from '#shared/crypto/types';
import { byId } from '#shared/secagg/context';
import type {
  CoordinatorState,
  DealtShares,
  Mask,
  RoundClosed,
  ShareKind,
  SiteEffect,
  SiteMessage,
  SiteRoundConfig,
  SiteState,
} from '#shared/secagg/types';
import { equalBytes, toHex } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import type { Byzantine, Invariant } from './types.ts';

/** Thrown when a promise does not hold. */
export class Broken extends Error {
  readonly invariant: Invariant;

  constructor(invariant: Invariant, detail: string) {
    super(detail);
    this.invariant = invariant;
  }
}

/** One attempt, as its transcript names it. */
interface AttemptBook {
  readonly round: number;
  /** Shares that it takes to rebuild a secret of this dealer. */
  readonly thresholds: Map<SiteId, number>;
  /** Holders whose share of this kind the adversary has. */
  readonly revealed: Map<SiteId, Record<ShareKind, Set<SiteId>>>;
  /** Seeds of the pairwise masks in the upload that a site has sent. */
  readonly uploaded: Map<SiteId, readonly string[]>;
  readonly masked: Map<SiteId, readonly string[]>;
  /** Whose uploads have a mask of this seed. */
  readonly usersOf: Map<string, readonly SiteId[]>;
}

/** What honest sites did in a round, which must be one thing. */
interface RoundBook {
  acted?: { readonly what: string; readonly transcript: string; readonly u3: readonly SiteId[] };
  accepted?: string;
  aggregate?: Uint8Array;
}

/** What a site says once in a round, whatever the attempt. */
const oncePerRound: ReadonlySet<SiteMessage['kind']> = new Set(['confirmation', 'unmaskAnswer', 'modelSignature']);

type WithTranscript = Extract<SiteState, { transcript: Uint8Array }>;

export class Oracle {
  readonly #crypto: Crypto;
  readonly #byzantine: Byzantine;
  readonly #liars: ReadonlySet<SiteId>;
  /** Liars, and sites that tell the coordinator all they know while they do as they should. */
  readonly #colluders: ReadonlySet<SiteId>;
  readonly #given = new Map<string, Uint32Array>();
  readonly #committed = new Map<string, Uint32Array>();
  readonly #attempts = new Map<string, AttemptBook>();
  readonly #rounds = new Map<number, RoundBook>();
  readonly #said = new Map<string, string>();
  readonly #fresh = new Map<string, string>();
  readonly #channelKeys = new Map<string, SiteId>();

  constructor(crypto: Crypto, byzantine: Byzantine, liars: ReadonlySet<SiteId>, colluders: ReadonlySet<SiteId>) {
    this.#crypto = crypto;
    this.#byzantine = byzantine;
    this.#liars = liars;
    this.#colluders = colluders;
  }

  /** The vector of a site for a round, as the simulator gave it. */
  given(site: SiteId, round: number, words: Uint32Array): void {
    this.#given.set(`${site} ${round}`, words);
  }

  /** What a lying site's committed words come to once the masks are off. */
  committed(root: Uint8Array, words: Uint32Array): void {
    this.#committed.set(toHex(root), words);
  }

  /** Shares on their way to their holders. Those of colluders, and of keys that are not their holder's own, are known at once. */
  dealt(
    { site, binding }: SiteRoundConfig,
    state: WithTranscript,
    threshold: number,
    shares: readonly DealtShares[],
  ): void {
    const book = this.#attempt(state, binding.round);
    book.thresholds.set(site, threshold);
    for (const { holder, nonce } of shares) {
      this.#once(`nonce ${toHex(nonce)}`, `${site} to ${holder} in ${toHex(state.transcript)}`, 'nonce');
      const key = state.u1.get(holder)?.channelPublicKey;
      const isItsOwn = holder === site || (key !== undefined && this.#channelKeys.get(toHex(key)) === holder);
      if (isItsOwn && !this.#colluders.has(holder)) continue;
      this.#reveal(book, site, 'self-mask', holder);
      this.#reveal(book, site, 'mask-key', holder);
    }
  }

  /** The masks of an upload that an honest site has made, and the words under them. */
  masked({ site, binding }: SiteRoundConfig, state: WithTranscript, masks: readonly Mask[], upload: Uint8Array): void {
    const seeds = masks.map(({ seed }) => toHex(seed));
    if (new Set(seeds).size < seeds.length) this.#break('freshSeeds', `${site} masks twice with one seed`);
    for (const seed of seeds) this.#once(`mask ${seed} of ${site}`, toHex(this.#crypto.sha256(upload)), 'mask seed');
    this.#attempt(state, binding.round).masked.set(site, seeds.slice(1));
  }

  /** Chunks of the upload have left the site. */
  uploaded({ site, binding }: SiteRoundConfig, state: WithTranscript): void {
    const book = this.#attempt(state, binding.round);
    const seeds = book.masked.get(site);
    if (seeds === undefined || book.uploaded.has(site)) return;
    book.uploaded.set(site, seeds);
    for (const seed of seeds) book.usersOf.set(seed, [...(book.usersOf.get(seed) ?? []), site]);
  }

  /** A message of an honest site has left it. Ed25519 is deterministic, so that what is said is known by its signature. */
  said(config: SiteRoundConfig, state: SiteState, message: SiteMessage): void {
    if (message.kind === 'ready' || message.kind === 'refusal') return;
    const { site, binding } = config;
    const isOfRound = oncePerRound.has(message.kind);
    const where = isOfRound ? `in round ${binding.round}` : `under ${toHex(message.context)}`;
    const what = `${message.kind} of ${site} ${where}`;
    const signature = toHex(message.signature);
    if ((this.#said.get(what) ?? signature) !== signature) this.#break('saidOnce', `there are two different ${what}`);
    this.#said.set(what, signature);
    if (message.kind === 'advertisement') this.#advertised(site, message);
    if (message.kind !== 'unmaskAnswer' || state.phase !== 'unmasked') return;
    this.#acts(config, state);
    this.#answered(config, state, message);
  }

  /** An honest site acts on a survivor set by answering. */
  #acts({ site, binding }: SiteRoundConfig, state: Extract<SiteState, { phase: 'unmasked' }>): void {
    const { round, planHash, rosterHash, modelHash, cohort } = binding;
    const hashes = [planHash, rosterHash, modelHash, state.transcript, state.answer.confirmationHash].map(toHex);
    const what = [...hashes, byId(cohort).join(' '), state.u2.join(' '), state.u3.join(' ')].join(', ');
    const book = this.#round(round);
    if (book.acted !== undefined && book.acted.what !== what) {
      this.#break('agreement', `${site} unmasks something else than another honest site in round ${round}`);
    }
    book.acted = { what, transcript: toHex(state.transcript), u3: state.u3 };
  }

  /** What an honest coordinator is about to publish. */
  summed(state: Extract<CoordinatorState, { phase: 'summing' }>, round: number, bits: number, bytes: Uint8Array): void {
    if (this.#byzantine === 'coordinator') return;
    const words = new Uint32Array(bytes.slice().buffer);
    const sum = new Uint32Array(words.length);
    for (const [site, { commitment }] of state.uploads) {
      const vector = this.#liars.has(site)
        ? this.#committed.get(toHex(commitment.slice(4, 36)))
        : this.#given.get(`${site} ${round}`);
      if (vector === undefined) return this.#break('sum', `${site} is in U3 of round ${round} and gave nothing`);
      for (let i = 0; i < sum.length; i++) sum[i]! += vector[i]!;
    }
    const mask = bits === 32 ? 0xffffffff : 2 ** bits - 1;
    if (!words.every((word, i) => word === (sum[i]! & mask) >>> 0)) {
      this.#break('sum', `the aggregate of round ${round} is not the sum of ${[...state.uploads.keys()].join(', ')}`);
    }
    const book = this.#round(round);
    if (book.aggregate !== undefined && !equalBytes(book.aggregate, bytes)) {
      this.#break('sum', `round ${round} has two aggregates`);
    }
    book.aggregate = bytes.slice();
  }

  /** An honest site folds these bytes. */
  folds(site: SiteId, round: number, bytes: Uint8Array): void {
    if (this.#byzantine === 'coordinator') return;
    const { aggregate } = this.#round(round);
    if (aggregate !== undefined && equalBytes(aggregate, bytes)) return;
    this.#break('sum', `${site} folds something else than the sum of round ${round}`);
  }

  /** An honest site goes on from this model. */
  ended(site: SiteId, { round, outcome, modelHash }: RoundClosed): void {
    if (outcome !== 'accepted') return;
    const book = this.#round(round);
    const model = toHex(modelHash);
    if (book.accepted !== undefined && book.accepted !== model) {
      this.#break('agreement', `${site} accepts another model than another honest site in round ${round}`);
    }
    book.accepted = model;
  }

  /** Whom an honest coordinator names. */
  named({ round, culprits }: Pick<RoundClosed, 'round' | 'culprits'>): void {
    if (this.#byzantine === 'coordinator') return;
    const honest = culprits.filter((site) => !this.#liars.has(site));
    if (honest.length > 0) this.#break('blame', `round ${round} names ${honest.join(', ')}, who did nothing wrong`);
  }

  /** Whom an honest site names. A real connection keeps the order of its messages; here one of an earlier attempt may be overtaken. */
  refused(site: SiteId, { code, culprits, evidence }: Extract<SiteEffect, { kind: 'refuse' }>): void {
    if (this.#byzantine === 'coordinator' || culprits.length === 0 || code === 'contextMismatch') return;
    this.#break('blame', `${site} names the coordinator for ${code} of ${evidence.kind}, and it did nothing wrong`);
  }

  /** What a program held in memory, and what its journal leads to. */
  folded(who: string, live: unknown, fold: unknown): void {
    if (!isDeepStrictEqual(live, fold)) this.#break('fold', `${who}: the journal leads to another state`);
  }

  break(invariant: Invariant, detail: string): never {
    return this.#break(invariant, detail);
  }

  #advertised(site: SiteId, message: Extract<SiteMessage, { kind: 'advertisement' }>): void {
    const { channelPublicKey, maskPublicKey, selfMaskCommitment, context } = message;
    for (const key of [channelPublicKey, maskPublicKey, selfMaskCommitment]) {
      this.#once(`key ${toHex(key)}`, `${site} under ${toHex(context)}`, 'key');
    }
    this.#channelKeys.set(toHex(channelPublicKey), site);
  }

  #answered(
    { site, binding }: SiteRoundConfig,
    state: Extract<SiteState, { phase: 'unmasked' }>,
    { shares }: Extract<SiteMessage, { kind: 'unmaskAnswer' }>,
  ): void {
    const book = this.#attempt(state, binding.round);
    for (const { of, kind } of shares) this.#reveal(book, of, kind, site);
    for (const { of } of shares) {
      if (this.#colluders.has(of)) continue;
      if (this.#isKnown(book, of, 'self-mask') && this.#isKnown(book, of, 'mask-key')) {
        this.#break('oneSecret', `both secrets of ${of} can be rebuilt in round ${book.round}`);
      }
      const kinds = new Set(shares.filter((share) => share.of === of).map(({ kind }) => kind));
      if (kinds.size > 1) this.#break('oneSecret', `${site} reveals both shares of ${of}`);
    }
    this.#checkLeaks(toHex(state.transcript), book);
  }

  /** A set of sites whose sum is determined has nothing unknown in it: it must be all the honest survivors of the round. */
  #checkLeaks(transcript: string, book: AttemptBook): void {
    const seen = new Set<SiteId>();
    for (const site of book.uploaded.keys()) {
      if (this.#colluders.has(site) || seen.has(site)) continue;
      const component = this.#openComponent(book, site, seen);
      if (component === undefined) continue;
      const { acted } = this.#round(book.round);
      const survivors = acted?.transcript === transcript ? acted.u3.filter((other) => !this.#colluders.has(other)) : [];
      if (!isDeepStrictEqual(component, new Set(survivors))) {
        this.#break('connected', `the sum of ${[...component].join(', ')} alone is determined in round ${book.round}`);
      }
    }
  }

  /** All sites that hang together with this one by masks unknown to the adversary, if it knows the self masks of all of them. */
  #openComponent(book: AttemptBook, start: SiteId, seen: Set<SiteId>): Set<SiteId> | undefined {
    const component = new Set([start]);
    for (const site of component) {
      seen.add(site);
      if (!this.#isKnown(book, site, 'self-mask')) return undefined;
      for (const other of this.#peersOf(book, site)) component.add(other); // iterated over as well
    }
    return component;
  }

  /** Honest sites that share a mask with this one which the adversary does not know. */
  #peersOf(book: AttemptBook, site: SiteId): readonly SiteId[] {
    if (this.#isKnown(book, site, 'mask-key')) return [];
    const peers = (book.uploaded.get(site) ?? []).flatMap((seed) => book.usersOf.get(seed) ?? []);
    return peers.filter((peer) => !this.#colluders.has(peer) && !this.#isKnown(book, peer, 'mask-key'));
  }

  #isKnown(book: AttemptBook, dealer: SiteId, kind: ShareKind): boolean {
    const threshold = book.thresholds.get(dealer) ?? Infinity;
    return (book.revealed.get(dealer)?.[kind].size ?? 0) >= threshold;
  }

  #reveal(book: AttemptBook, dealer: SiteId, kind: ShareKind, holder: SiteId): void {
    const of = book.revealed.get(dealer) ?? { 'self-mask': new Set<SiteId>(), 'mask-key': new Set<SiteId>() };
    of[kind].add(holder);
    book.revealed.set(dealer, of);
  }

  #once(what: string, use: string, name: string): void {
    const before = this.#fresh.get(what);
    if (before !== undefined && before !== use) this.#break('freshSeeds', `a ${name} is used twice: ${before}, ${use}`);
    this.#fresh.set(what, use);
  }

  #attempt({ transcript }: WithTranscript, round: number): AttemptBook {
    const name = toHex(transcript);
    const known = this.#attempts.get(name);
    if (known !== undefined) return known;
    const book: AttemptBook = {
      round,
      thresholds: new Map(),
      revealed: new Map(),
      uploaded: new Map(),
      masked: new Map(),
      usersOf: new Map(),
    };
    this.#attempts.set(name, book);
    return book;
  }

  #round(round: number): RoundBook {
    const known = this.#rounds.get(round);
    if (known !== undefined) return known;
    const book: RoundBook = {};
    this.#rounds.set(round, book);
    return book;
  }

  #break(invariant: Invariant, detail: string): never {
    throw new Broken(invariant, detail);
  }
}
