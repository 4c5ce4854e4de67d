/**
 * The driver of one round at a site, as `client/agent/round` is: journal first and flushed, effects then, and the same
 * again after a crash. The program's own draws its keys from the system, so that no run could be repeated; here they come
 * from the seed.
 */
import { merkleRoot } from '#shared/log/merkle';
import { maskUpload } from '#shared/secagg/mask';
import { initialSiteState, siteStep } from '#shared/secagg/site/round';
import type {
  AggregatePublished,
  CoordinatorMessage,
  DealtShares,
  RoundClosed,
  SiteEffect,
  SiteEvent,
  SiteMessage,
  SiteRoundConfig,
  SiteState,
  UploadCommitment,
} from '#shared/secagg/types';
import { uploadCut } from '#shared/secagg/upload-cut';
import { packWords } from '#shared/secagg/wire-words';
import { concatBytes } from '#shared/util/bytes';
import type { Federation } from './federation.ts';
import type { RoundFolder } from './site-disk.ts';
import type { SiteLiar } from './site-liar.ts';
import { dealtShares } from './sharing.ts';
import type { Steps } from './steps.ts';

/** What the driver asks of the site. */
export interface DriverPorts {
  send(message: SiteMessage): void;
  uploadChunks(commitment: UploadCommitment, chunks: readonly Uint8Array[], wanted: () => boolean): void;
  fold(published: AggregatePublished, folded: (modelHash: Uint8Array | undefined) => void): void;
  ended(closed: RoundClosed): void;
  /** After a while, unless the program has died. */
  later(delayMs: number, work: () => void): void;
}

/** Wrong on purpose, in tests of the simulator. */
export interface SiteFlaws {
  readonly step?: typeof siteStep;
  readonly sendsBeforeItFlushes?: boolean;
  readonly neverFlushes?: boolean;
  readonly keepsItsSecrets?: boolean;
  readonly masksWithoutPairs?: boolean;
}

export class SiteDriver {
  readonly config: SiteRoundConfig;
  readonly folder: RoundFolder;
  readonly #federation: Federation;
  readonly #steps: Steps;
  readonly #ports: DriverPorts;
  readonly #flaws: SiteFlaws;
  readonly #liar: SiteLiar | undefined;
  readonly #working = new Set<string>();
  /** Tells apart what is drawn by one program twice, and by two programs. */
  readonly #drawing: () => string;
  #state: SiteState = initialSiteState();

  constructor(
    config: SiteRoundConfig,
    folder: RoundFolder,
    parts: {
      readonly federation: Federation;
      readonly steps: Steps;
      readonly ports: DriverPorts;
      readonly liar: SiteLiar | undefined;
      readonly drawing: () => string;
    },
  ) {
    this.config = config;
    this.folder = folder;
    this.#federation = parts.federation;
    this.#steps = parts.steps;
    this.#ports = parts.ports;
    this.#flaws = parts.federation.flaws;
    this.#liar = parts.liar;
    this.#drawing = parts.drawing;
  }

  get state(): SiteState {
    return this.#state;
  }

  replay(events: readonly SiteEvent[]): void {
    this.#state = this.#fold(events);
  }

  /** Whether the journal leads to the state that the program is in. */
  checkFold(): void {
    if (this.folder.closed !== undefined) return; // its journal has no secrets any more
    this.#federation.oracle.folded(this.config.site, this.#state, this.#fold(this.folder.events));
  }

  trained(words: Uint32Array): void {
    if (this.#state.phase !== 'training') return;
    this.#steps.take();
    this.folder.contribution = words;
    this.#federation.oracle.given(this.config.site, this.config.binding.round, words);
    this.handle({ kind: 'trained' });
  }

  receive(message: CoordinatorMessage): void {
    if (message.kind !== 'attemptOpened') {
      this.handle({ kind: 'received', message });
      return;
    }
    const name = this.#flaws.keepsItsSecrets === true ? 'kept' : this.#drawing();
    const secret = (kind: string): Uint8Array =>
      this.#federation.draws.bytes(32, kind, this.config.site, this.config.binding.round, name);
    const secrets = { maskPrivateKey: secret('s'), channelPrivateKey: secret('c'), selfMaskSeed: secret('b') };
    this.handle({ kind: 'attemptOpened', attempt: message.attempt, secrets });
  }

  handle(event: SiteEvent): void {
    const before = this.#state;
    const { state, effects } = this.#step(before, event);
    const isKept = state !== before || effects.some(({ kind }) => kind === 'refuse');
    const isEarly = this.#flaws.sendsBeforeItFlushes === true;
    if (isKept && !isEarly) this.folder.append(this.#steps, event, this.#flaws.neverFlushes !== true);
    this.#state = state;
    if (event.kind === 'sharesDealt' && state.phase === 'dealt' && state !== before)
      this.#tellDealt(state, event.shares);
    for (const effect of effects) {
      this.#steps.take();
      this.#perform(effect);
    }
    if (isKept && isEarly) this.folder.append(this.#steps, event);
  }

  #step(state: SiteState, event: SiteEvent): ReturnType<typeof siteStep> {
    return (this.#flaws.step ?? siteStep)(this.config, state, event, this.#federation.crypto);
  }

  #fold(events: readonly SiteEvent[]): SiteState {
    return events.reduce((state, event) => this.#step(state, event).state, initialSiteState());
  }

  #perform(effect: SiteEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#send(effect.message);
        return;
      case 'dealShares':
        this.#work(`deal-${effect.attempt}`, (done) => {
          this.#ports.later(3, () => {
            done();
            this.#deal(effect);
          });
        });
        return;
      case 'prepareUpload':
        this.#prepareUpload(effect);
        return;
      case 'uploadChunks':
        this.#uploadChunks(effect.commitment);
        return;
      case 'applyAggregate':
        this.#work('fold', (done) => {
          this.#ports.fold(effect.published, (modelHash) => {
            done();
            const refused = { kind: 'aggregateRefused', code: 'commitmentMismatch' } as const;
            this.handle(modelHash === undefined ? refused : { kind: 'modelFolded', modelHash });
          });
        });
        return;
      case 'refuse':
        if (this.#liar === undefined) this.#federation.oracle.refused(this.config.site, effect);
        this.#ports.send({
          kind: 'refusal',
          site: this.config.site,
          round: this.config.binding.round,
          code: effect.code,
        });
        return;
      case 'eraseSecrets':
        this.#erase();
        return;
      case 'roundEnded':
        if (this.#liar === undefined) this.#federation.oracle.ended(this.config.site, effect.closed);
        this.#ports.ended(effect.closed);
    }
  }

  #send(message: SiteMessage): void {
    if (this.#liar !== undefined) {
      for (const lie of this.#liar.says(this.config, message)) this.#ports.send(lie);
      return;
    }
    this.#federation.oracle.said(this.config, this.#state, message);
    this.#ports.send(message);
  }

  #work(name: string, work: (done: () => void) => void): void {
    if (this.#working.has(name)) return;
    this.#working.add(name);
    work(() => this.#working.delete(name));
  }

  #deal({ attempt, threshold, holders, secrets }: Extract<SiteEffect, { kind: 'dealShares' }>): void {
    const { draws } = this.#federation;
    const drawing = this.#drawing();
    const { site, binding } = this.config;
    const bytes = (length: number, name: string): Uint8Array => draws.bytes(length, name, site, binding.round, drawing);
    const split = (secret: Uint8Array, name: string): readonly Uint8Array[] =>
      dealtShares(secret, holders.length, threshold, bytes(32 * (threshold - 1), name));
    const dealt = this.#liar?.deals(this.config) ?? secrets;
    const selfMask = split(dealt.selfMaskSeed ?? secrets.selfMaskSeed, 'shares of b');
    const maskKey = split(dealt.maskPrivateKey ?? secrets.maskPrivateKey, 'shares of s');
    const shares = holders.map((holder, i): DealtShares => ({
      holder,
      selfMask: selfMask[i]!, // one for each holder
      maskKey: maskKey[i]!,
      nonce: bytes(24, `nonce for ${holder}`),
    }));
    this.#threshold = threshold;
    this.handle({ kind: 'sharesDealt', attempt, shares });
  }
  #threshold = Infinity;

  #tellDealt(state: Extract<SiteState, { phase: 'dealt' }>, shares: readonly DealtShares[]): void {
    if (this.#liar === undefined) this.#federation.oracle.dealt(this.config, state, this.#threshold, shares);
  }

  /** The upload is on disk before its commitment is signed. */
  #prepareUpload({ attempt, masks, modulusBits }: Extract<SiteEffect, { kind: 'prepareUpload' }>): void {
    const { crypto, oracle } = this.#federation;
    const given = this.folder.contribution ?? new Uint32Array(this.config.parameters.wordCount);
    const words = this.#liar?.masks(this.config, given) ?? given;
    const used = this.#flaws.masksWithoutPairs === true ? masks.slice(0, 1) : masks;
    const masked = maskUpload(crypto, words, used, modulusBits);
    const cut = uploadCut(this.config.parameters);
    const chunks = Array.from({ length: cut.chunkCount }, (_, i) => {
      const from = cut.firstWordOf(i);
      return packWords(masked.subarray(from, from + cut.wordsOf(i)), modulusBits);
    });
    const root = merkleRoot(crypto, chunks);
    const { state } = this;
    if (this.#liar !== undefined) oracle.committed(root, words);
    else if (state.phase === 'masking') oracle.masked(this.config, state, used, concatBytes(chunks));
    this.#steps.take();
    this.folder.uploads.set(attempt, chunks);
    this.handle({ kind: 'uploadPrepared', attempt, root, chunkCount: cut.chunkCount, byteLength: cut.byteLength });
  }

  #uploadChunks(commitment: UploadCommitment): void {
    if (this.#state.phase !== 'uploading') return;
    const { attempt, upload } = this.#state;
    if (this.#liar === undefined) this.#federation.oracle.uploaded(this.config, this.#state);
    const chunks = this.folder.uploads.get(attempt) ?? [];
    this.#ports.uploadChunks(commitment, this.#liar?.uploads(chunks) ?? chunks, () => {
      const state = this.#state;
      return state.phase === 'uploading' && state.upload === upload && state.receipt === null;
    });
  }

  #erase(): void {
    if (this.#state.phase !== 'closed') return;
    if (this.#federation.foldsAgain(this.config.site)) this.checkFold();
    this.folder.closed = this.#state.closed;
    this.#steps.take();
    this.folder.erase();
  }
}
