/**
 * A coordinator that lies: it sees all that passes, holds its own key and those of the sites on its side, and says to each
 * site what it likes. Its two faces are in `federation`.
 */
import type { Crypto } from '#shared/crypto/types';
import { ConsiliumError, DecodeError } from '#shared/errors';
import { confirmationBytes, contextHash } from '#shared/secagg/context';
import { signMessage } from '#shared/secagg/signed-message';
import { signSiteMessage } from '#shared/secagg/site/message';
import { transcriptHash } from '#shared/secagg/transcript';
import type {
  Advertisements,
  Closing,
  Confirmation,
  CoordinatorMessage,
  SiteMessage,
  UnmaskRequest,
  UploadCommitment,
} from '#shared/secagg/types';
import { equalBytes } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import { isCoordinatorKeyMessage } from '#shared/wire/about-keys';
import { decodeCoordinatorMessage } from '#shared/wire/decode';
import { encodeCoordinatorMessage } from '#shared/wire/encode';
import { changed } from './change.ts';
import { Sequence } from './draws.ts';
import type { Faults } from './faults.ts';
import type { Study } from './study.ts';
import type { Op } from './types.ts';

type Lie = Extract<Op, { op: 'coordinatorLies' }>;

export class CoordinatorLiar {
  readonly #study: Study;
  readonly #faults: Faults;
  readonly #crypto: Crypto;
  readonly #colluders: ReadonlySet<SiteId>;
  readonly #counts = new Map<string, number>();
  readonly #said: CoordinatorMessage[] = [];
  readonly #confirmed: Confirmation[] = [];
  /** Doctored aggregates, by site and round. */
  readonly #doctored = new Map<string, Uint8Array>();
  #aggregateOf: (round: number) => Uint8Array | undefined = () => undefined;

  constructor(study: Study, faults: Faults, crypto: Crypto, colluders: ReadonlySet<SiteId>) {
    this.#study = study;
    this.#faults = faults;
    this.#crypto = crypto;
    this.#colluders = colluders;
  }

  hears(message: SiteMessage): void {
    if (message.kind === 'confirmation') this.#confirmed.push(message);
  }

  /** The bytes that it gives to a site that asks for an aggregate. */
  aggregateFor(site: SiteId, round: number, bytes: Uint8Array | undefined): Uint8Array | undefined {
    return this.#doctored.get(`${site} ${round}`) ?? bytes;
  }

  /** What it tells a site in the place of a message that is right. */
  tells(
    to: SiteId,
    message: CoordinatorMessage,
    aggregateOf: (round: number) => Uint8Array | undefined,
  ): readonly CoordinatorMessage[] {
    this.#aggregateOf = aggregateOf;
    const name = `${to} ${message.kind}`;
    const nth = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, nth);
    const lie = this.#faults.coordinatorLie(to, message.kind, nth);
    const told = lie === undefined ? [message] : this.#lies(to, message, lie);
    this.#said.push(message);
    return lie === undefined ? told : told.flatMap(throughTheGate);
  }

  #lies(to: SiteId, message: CoordinatorMessage, lie: Lie): readonly CoordinatorMessage[] {
    try {
      return this.#instead(to, message, lie, new Sequence(lie.salt));
    } catch (error) {
      if (error instanceof ConsiliumError) return [message]; // nothing can be made of it in this way
      throw error;
    }
  }

  #instead(to: SiteId, message: CoordinatorMessage, { how }: Lie, draw: Sequence): readonly CoordinatorMessage[] {
    switch (how) {
      case 'change': {
        const earlier = this.#said.filter(({ kind }) => kind === message.kind);
        const other = this.#signed(changed(message, draw, earlier, this.#study.names));
        return draw.chance(0.5) ? [other] : [other, message];
      }
      case 'withhold':
        return [];
      case 'replay':
        return this.#said.length === 0 ? [message] : [draw.pick(this.#said), message];
      case 'omit':
        return [this.#signed(this.#without(message, draw.pick(this.#study.names)))];
      case 'swapKeys':
        return [this.#signed(this.#withOwnKeys(message, to, draw))];
      case 'otherModel':
        return 'modelHash' in message
          ? [this.#signed({ ...message, modelHash: this.#crypto.sha256(message.modelHash) })]
          : [message];
      case 'nextAttempt':
        return [message, { kind: 'attemptOpened', round: message.round, attempt: draw.between(0, 3) }];
      case 'otherSurvivors': {
        const other = this.#signed(this.#without(message, draw.pick(this.#study.names)));
        return draw.chance(0.5) ? [message, other] : [other, message];
      }
      case 'endRound':
        return [this.#failure(message.round, draw), message];
      case 'doctor':
        return [this.#doctor(to, message)];
    }
  }

  #failure(round: number, draw: Sequence): CoordinatorMessage {
    const opened = this.#said.find((said) => said.kind === 'roundOpened' && said.round === round);
    const modelHash = opened?.kind === 'roundOpened' ? opened.modelHash : this.#study.initialModel;
    const outcome = draw.pick(['belowQuorum', 'tooFewShares', 'cancelled'] as const);
    return { kind: 'roundClosed', round, outcome, modelHash, signatures: [], culprits: [] };
  }

  #doctor(to: SiteId, message: CoordinatorMessage): CoordinatorMessage {
    const bytes = message.kind === 'aggregatePublished' ? this.#aggregateOf(message.round) : undefined;
    if (message.kind !== 'aggregatePublished' || bytes === undefined) return message;
    const other = bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
    this.#doctored.set(`${to} ${message.round}`, other);
    return { ...message, aggregateHash: this.#crypto.sha256(other) };
  }

  /** The set that a message closes without this site, as if it had never been in it. */
  #without(message: CoordinatorMessage, site: SiteId): CoordinatorMessage {
    const isAnother = (entry: { readonly site: SiteId }): boolean => entry.site !== site;
    switch (message.kind) {
      case 'advertisements':
        return this.#overAdvertisements(message, message.advertisements.filter(isAnother));
      case 'routedShares': {
        const sites = message.closing.sites.filter((other) => other !== site);
        const shares = message.shares.filter(({ dealer }) => dealer !== site);
        return { ...message, closing: { ...message.closing, sites }, shares };
      }
      case 'confirmRequest': {
        const commitments = message.commitments.filter(isAnother);
        const sites = commitments.map((entry) => entry.site);
        return { ...message, commitments, closing: { ...message.closing, sites } };
      }
      case 'unmaskRequest':
        return this.#overSurvivors(message, message.commitments.filter(isAnother));
      case 'roundOpened':
      case 'attemptOpened':
      case 'receipt':
      case 'aggregatePublished':
      case 'roundClosed':
      case 'messageRefused':
        return message;
    }
  }

  #overAdvertisements(message: Advertisements, advertisements: Advertisements['advertisements']): Advertisements {
    const { context } = message.closing;
    const transcript = transcriptHash(this.#crypto, context, advertisements);
    const sites = advertisements.map(({ site }) => site);
    return { ...message, advertisements, closing: { ...message.closing, transcript, sites } };
  }

  /** With the signatures of those on its side, and whatever others it has heard. */
  #overSurvivors(message: UnmaskRequest, commitments: readonly UploadCommitment[]): UnmaskRequest {
    const transcript = this.#transcriptOf(message);
    if (transcript === undefined) return { ...message, commitments };
    const bytes = new Map(commitments.map(({ site, commitment }) => [site, commitment]));
    const confirmation = confirmationBytes(transcript, message.u2, bytes);
    const own = [...this.#colluders].map((site) => {
      const unsigned = { kind: 'confirmation', site, confirmation } as const;
      const seed = this.#study.identitySeed(site);
      return { site, signature: signSiteMessage(this.#crypto, seed, message.context, unsigned).signature };
    });
    const heard = this.#confirmed.filter((entry) => equalBytes(entry.confirmation, confirmation));
    const others = [...heard, ...message.confirmations].filter(({ site }) => !this.#colluders.has(site));
    const confirmationHash = this.#crypto.sha256(confirmation);
    return {
      ...message,
      commitments,
      confirmations: [...own, ...others.map(({ site, signature }) => ({ site, signature }))],
      confirmationHash,
    };
  }

  /** T1, as the closing of this attempt's U3 named it. */
  #transcriptOf({ context }: UnmaskRequest): Uint8Array | undefined {
    const asked = this.#said.find(
      (said) => said.kind === 'confirmRequest' && equalBytes(said.closing.context, context),
    );
    return asked?.kind === 'confirmRequest' ? asked.closing.transcript : undefined;
  }

  #withOwnKeys(message: CoordinatorMessage, to: SiteId, draw: Sequence): CoordinatorMessage {
    if (message.kind !== 'advertisements') return message;
    const victims = message.advertisements.filter(({ site }) => site !== to);
    if (victims.length === 0) return message;
    const victim = draw.pick(victims).site;
    const own = (name: string): Uint8Array => this.#crypto.x25519PublicKey(this.#study.identitySeed(`liar's ${name}`));
    const advertisements = message.advertisements.map((entry) =>
      entry.site === victim ? { ...entry, channelPublicKey: own('channel'), maskPublicKey: own('mask') } : entry,
    );
    return this.#overAdvertisements(message, advertisements);
  }

  /** Signed by the coordinator and, where parts are theirs, by the sites on its side. */
  #signed(message: CoordinatorMessage): CoordinatorMessage {
    const seed = this.#study.identitySeed('coordinator');
    const crypto = this.#crypto;
    switch (message.kind) {
      case 'roundOpened': {
        const context = contextHash(crypto, { ...message, attempt: 0 });
        return {
          ...message,
          signature: signMessage(crypto, seed, context, { type: 'roundOpened', ...message }).signature,
        };
      }
      case 'advertisements':
        return {
          ...message,
          advertisements: message.advertisements.map((entry) => this.#signedBySite(entry)),
          closing: this.#signedClosing(message.closing),
        };
      case 'routedShares':
        return { ...message, closing: this.#signedClosing(message.closing) };
      case 'confirmRequest':
        return {
          ...message,
          commitments: message.commitments.map((entry) => this.#signedBySite(entry)),
          closing: this.#signedClosing(message.closing),
        };
      case 'receipt':
        return { ...message, ...signMessage(crypto, seed, message.context, { type: 'receipt', ...message }) };
      case 'unmaskRequest':
        return { ...message, ...signMessage(crypto, seed, message.context, { type: 'unmaskRequest', ...message }) };
      case 'roundClosed':
        return { ...message, signatures: message.signatures.map((entry) => this.#signedBySite(entry)) };
      case 'attemptOpened':
      case 'aggregatePublished':
      case 'messageRefused':
        return message;
    }
  }

  #signedClosing(closing: Closing): Closing {
    const seed = this.#study.identitySeed('coordinator');
    return { ...closing, ...signMessage(this.#crypto, seed, closing.context, { type: 'closing', ...closing }) };
  }

  #signedBySite<M extends Parameters<typeof signSiteMessage>[3] & { readonly context: Uint8Array }>(message: M): M {
    if (!this.#colluders.has(message.site)) return message;
    return signSiteMessage(this.#crypto, this.#study.identitySeed(message.site), message.context, message);
  }
}

/** The bytes of the wire and back: what cannot be written, or what the gate refuses, never reaches the machine. */
function throughTheGate(message: CoordinatorMessage): readonly CoordinatorMessage[] {
  let bytes: Uint8Array;
  try {
    bytes = encodeCoordinatorMessage(message);
  } catch {
    return [];
  }
  try {
    const decoded = decodeCoordinatorMessage(bytes);
    return isCoordinatorKeyMessage(decoded) ? [] : [decoded];
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}
