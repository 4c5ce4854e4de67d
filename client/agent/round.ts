/**
 * Drives one round at this site: takes an event, steps, writes the event down and flushes it, performs the effects. There
 * is no rule of the protocol in here; those are in `#shared/secagg/site-round`. After a crash the journal is folded again
 * and what is outstanding is said again, with the same bytes.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { splitSecret } from '#shared/crypto/shamir';
import type { Crypto } from '#shared/crypto/types';
import { ConsiliumError } from '#shared/errors';
import { maskUpload } from '#shared/secagg/mask';
import { initialSiteState, siteStep } from '#shared/secagg/site-round';
import type {
  AggregatePublished,
  CoordinatorMessage,
  DealtShares,
  RefusalCode,
  RoundClosed,
  SiteEffect,
  SiteEvent,
  SiteMessage,
  SiteRoundConfig,
  SiteState,
  UploadCommitment,
} from '#shared/secagg/types';
import { unreachable } from '#shared/util/unreachable';
import type { RoundFiles } from './round-files.ts';
import { uploadPath, writeUpload } from './upload-file.ts';

/** What the driver asks of the rest of the agent. */
export interface RoundPorts {
  /** Sends now if there is a connection; what is lost is said again after the next one. */
  send(message: SiteMessage): void;
  /** Sends the chunks that the coordinator lacks, in its own time, while they are wanted. */
  uploadChunks(commitment: UploadCommitment, path: string, wanted: () => boolean): void;
  /** Fetches and folds; the hash of the new model. @throws ProtocolError (commitmentMismatch, aggregateOutOfRange) */
  fold(published: AggregatePublished): Promise<Uint8Array>;
  refused(code: RefusalCode, culprits: readonly string[]): void;
  /** The state has changed, and the event is on disk. */
  moved(state: SiteState): void;
  ended(closed: RoundClosed): void;
  /** Something that has no answer in the protocol went wrong here. */
  failed(error: unknown): void;
}

/** A round in progress. */
export class RoundDriver {
  readonly config: SiteRoundConfig;
  readonly #files: RoundFiles;
  readonly #ports: RoundPorts;
  readonly #crypto: Crypto;
  readonly #noMasks: boolean;
  readonly #working = new Set<string>();
  #state: SiteState = initialSiteState();

  constructor(config: SiteRoundConfig, files: RoundFiles, ports: RoundPorts, crypto: Crypto, noMasks: boolean) {
    this.config = config;
    this.#files = files;
    this.#ports = ports;
    this.#crypto = crypto;
    this.#noMasks = noMasks;
  }

  get state(): SiteState {
    return this.#state;
  }

  /** Folds the events of a journal, performing nothing. */
  replay(events: readonly SiteEvent[]): void {
    for (const event of events) this.#state = siteStep(this.config, this.#state, event, this.#crypto).state;
  }

  /** Stores what local training gave, and says that the site is ready. */
  trained(words: Uint32Array): void {
    if (this.#state.phase !== 'training') return;
    this.#files.putContribution(words);
    this.handle({ kind: 'trained' });
  }

  /** A message of the coordinator for this round. Secrets for an attempt are drawn here and nowhere else. */
  receive(message: CoordinatorMessage): void {
    if (message.kind !== 'attemptOpened') {
      this.handle({ kind: 'received', message });
      return;
    }
    const secrets = {
      maskPrivateKey: fresh(32),
      channelPrivateKey: fresh(32),
      selfMaskSeed: fresh(32),
    };
    this.handle({ kind: 'attemptOpened', attempt: message.attempt, secrets });
  }

  /** One event: journal first, effects then. */
  handle(event: SiteEvent): void {
    const before = this.#state;
    const { state, effects } = siteStep(this.config, before, event, this.#crypto);
    if (state !== before || effects.some(({ kind }) => kind === 'refuse')) this.#files.append(event);
    this.#state = state;
    if (state !== before) this.#ports.moved(state);
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: SiteEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#ports.send(effect.message);
        return;
      case 'dealShares':
        this.#work(`deal-${effect.attempt}`, () => this.#deal(effect));
        return;
      case 'prepareUpload':
        this.#prepareUpload(effect);
        return;
      case 'uploadChunks':
        this.#uploadChunks(effect.commitment);
        return;
      case 'applyAggregate':
        this.#work('fold', () => this.#fold(effect.published));
        return;
      case 'refuse':
        this.#ports.send(this.#refusal(effect.code));
        this.#ports.refused(effect.code, effect.culprits);
        return;
      case 'eraseSecrets':
        if (this.#state.phase === 'closed') this.#files.close(this.#state.closed);
        return;
      case 'roundEnded':
        this.#ports.ended(effect.closed);
        return;
      default:
        unreachable(effect);
    }
  }

  /** Starts a piece of work unless the same is under way. */
  #work(name: string, work: () => Promise<void>): void {
    if (this.#working.has(name)) return;
    this.#working.add(name);
    work()
      .catch((error: unknown) => {
        this.#ports.failed(error);
      })
      .finally(() => this.#working.delete(name));
  }

  async #deal({ attempt, threshold, holders, secrets }: SiteEffect & { kind: 'dealShares' }): Promise<void> {
    const selfMask = await splitSecret(secrets.selfMaskSeed, holders.length, threshold);
    const maskKey = await splitSecret(secrets.maskPrivateKey, holders.length, threshold);
    const shares = holders.map((holder, i): DealtShares => ({
      holder,
      selfMask: selfMask[i]!, // one share for each holder
      maskKey: maskKey[i]!,
      nonce: fresh(24),
    }));
    this.handle({ kind: 'sharesDealt', attempt, shares });
  }

  /** Without masks, for comparison in tests only: the self mask stays, for the coordinator takes it off the sum. */
  #prepareUpload({ attempt, masks, modulusBits }: SiteEffect & { kind: 'prepareUpload' }): void {
    const used = this.#noMasks ? masks.slice(0, 1) : masks;
    const masked = maskUpload(this.#crypto, this.#files.contribution(), used, modulusBits);
    const path = uploadPath(this.#files.folder, attempt);
    const shape = writeUpload(path, masked, this.config.parameters, this.#crypto);
    this.handle({ kind: 'uploadPrepared', attempt, ...shape });
  }

  async #fold(published: AggregatePublished): Promise<void> {
    try {
      const modelHash = await this.#ports.fold(published);
      this.handle({ kind: 'modelFolded', modelHash });
    } catch (error) {
      const code = error instanceof ConsiliumError ? error.code : undefined;
      if (code !== 'aggregateOutOfRange' && code !== 'commitmentMismatch') throw error;
      this.handle({ kind: 'aggregateRefused', code });
    }
  }

  #uploadChunks(commitment: UploadCommitment): void {
    if (this.#state.phase !== 'uploading') return;
    const path = uploadPath(this.#files.folder, this.#state.attempt);
    this.#ports.uploadChunks(commitment, path, () => {
      const state = this.#state;
      return state.phase === 'uploading' && state.upload === commitment && state.receipt === null;
    });
  }

  #refusal(code: RefusalCode): SiteMessage {
    return { kind: 'refusal', site: this.config.site, round: this.config.binding.round, code };
  }
}

/** Plain bytes, as the journal and `shamir-secret-sharing` want them. */
function fresh(length: number): Uint8Array {
  return Uint8Array.from(randomBytes(length));
}
