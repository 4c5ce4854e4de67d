/** A site that holds its own keys and obeys nobody: its program is a right one, and what leaves it is not. */
import type { Crypto } from '#shared/crypto/types';
import { signSiteMessage } from '#shared/secagg/site/message';
import type { SignedSiteMessage } from '#shared/secagg/site/message';
import type { SiteMessage, SiteRoundConfig } from '#shared/secagg/types';
import type { SiteId } from '#shared/util/ids';
import { isSiteKeyMessage } from '#shared/wire/about-keys';
import { decodeSiteMessage } from '#shared/wire/decode';
import { encodeSiteMessage } from '#shared/wire/encode';
import { ConsiliumError, DecodeError } from '#shared/errors';
import { changed } from './change.ts';
import { Sequence } from './draws.ts';
import type { Draws } from './draws.ts';
import type { Faults } from './faults.ts';
import type { Op } from './types.ts';

type Lie = Extract<Op, { op: 'siteLies' }>;

export class SiteLiar {
  readonly #site: SiteId;
  readonly #names: readonly SiteId[];
  readonly #faults: Faults;
  readonly #draws: Draws;
  readonly #crypto: Crypto;
  readonly #counts = new Map<Lie['kind'], number>();
  readonly #said: SiteMessage[] = [];

  constructor(site: SiteId, names: readonly SiteId[], faults: Faults, draws: Draws, crypto: Crypto) {
    this.#site = site;
    this.#names = names;
    this.#faults = faults;
    this.#draws = draws;
    this.#crypto = crypto;
  }

  /** What it sends for a message that is right. */
  says(config: SiteRoundConfig, message: SiteMessage): readonly SiteMessage[] {
    const lie = this.#next(message.kind);
    const said = lie === undefined ? [message] : this.#instead(config, message, lie, new Sequence(lie.salt));
    this.#said.push(...said);
    return said.flatMap(throughTheGate);
  }

  /** The secrets that it deals shares of, where they are others than its own. */
  deals({ binding }: SiteRoundConfig): { selfMaskSeed?: Uint8Array; maskPrivateKey?: Uint8Array } | undefined {
    const lie = this.#next('dealing');
    if (lie === undefined) return undefined;
    const other = this.#draws.bytes(32, 'misdealt', this.#site, binding.round, lie.nth);
    return lie.salt % 2 === 0 ? { selfMaskSeed: other } : { maskPrivateKey: other };
  }

  /** The words that it masks, where they are others than it was given. */
  masks({ binding, parameters }: SiteRoundConfig, words: Uint32Array): Uint32Array | undefined {
    const lie = this.#next('masking');
    if (lie === undefined) return undefined;
    return this.#draws.words(words.length, parameters.modulusBits, 'other words', this.#site, binding.round, lie.nth);
  }

  uploads(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
    const lie = this.#next('chunks');
    if (lie === undefined) return chunks;
    const draw = new Sequence(lie.salt);
    const one = draw.below(chunks.length);
    return chunks.map((chunk, i) => (i === one ? chunk.map((byte, at) => (at === 0 ? byte ^ 1 : byte)) : chunk));
  }

  #next(kind: Lie['kind']): Lie | undefined {
    const nth = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, nth);
    return this.#faults.siteLie(this.#site, kind, nth);
  }

  #instead(config: SiteRoundConfig, message: SiteMessage, { how }: Lie, draw: Sequence): readonly SiteMessage[] {
    const signed = (other: SiteMessage): SiteMessage => this.#signed(config, other);
    const earlier = this.#said.filter(({ kind }) => kind === message.kind);
    const another = (): SiteMessage => signed(changed(message, draw, earlier, this.#names));
    switch (how) {
      case 'change':
        return [another()];
      case 'withhold':
        return [];
      case 'replay':
        return this.#said.length === 0 ? [message] : [message, draw.pick(this.#said)];
      case 'twice':
        return [message, another()];
      case 'impersonate':
        return [signed({ ...message, site: draw.pick(this.#names) })];
      case 'badBox':
        return [signed(withBadBox(message, draw))];
      case 'bothShares':
        return [signed(withBothShares(message))];
      case 'voteAgainst':
        return [
          signed('modelHash' in message ? { ...message, modelHash: this.#crypto.sha256(message.modelHash) } : message),
        ];
      case 'misdeal':
      case 'otherChunks':
      case 'otherWords':
        return [message];
    }
  }

  #signed({ identitySeed }: SiteRoundConfig, message: SiteMessage): SiteMessage {
    if (message.kind === 'ready' || message.kind === 'refusal') return message;
    try {
      return signSiteMessage<SignedSiteMessage>(this.#crypto, identitySeed, message.context, message);
    } catch (error) {
      if (error instanceof ConsiliumError) return message; // nothing that can be signed: it goes as it is
      throw error;
    }
  }
}

function withBadBox(message: SiteMessage, draw: Sequence): SiteMessage {
  if (message.kind !== 'keyShares') return message;
  const one = draw.below(message.shares.length);
  const part = draw.pick(['sealed', 'selfMaskHash', 'maskKeyHash'] as const);
  const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));
  const shares = message.shares.map((pair, i) => (i === one ? { ...pair, [part]: flipped(pair[part]) } : pair));
  return { ...message, shares };
}

function withBothShares(message: SiteMessage): SiteMessage {
  if (message.kind !== 'unmaskAnswer') return message;
  const other = { 'self-mask': 'mask-key', 'mask-key': 'self-mask' } as const;
  const both = message.shares.flatMap((share) => [share, { ...share, kind: other[share.kind] }]);
  return { ...message, shares: both };
}

/** The bytes of the wire and back: what cannot be written, or what the gate refuses, never reaches the machine. */
function throughTheGate(message: SiteMessage): readonly SiteMessage[] {
  let bytes: Uint8Array;
  try {
    bytes = encodeSiteMessage(message);
  } catch {
    return [];
  }
  try {
    const decoded = decodeSiteMessage(bytes);
    return isSiteKeyMessage(decoded) ? [] : [decoded];
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}
