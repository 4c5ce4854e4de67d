/**
 * Drives one round at this site: takes an event, steps, writes the event down and flushes it, performs the effects. There
 * is no rule of the protocol in here; those are in `#shared/secagg/site/round`. After a crash the journal is folded again
 * and what is outstanding is said again, with the same bytes.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { splitSecret } from '#shared/crypto/shamir';
import type { Crypto } from '#shared/crypto/types';
import { ConsiliumError } from '#shared/errors';
import { initialSiteState, siteStep } from '#shared/secagg/site/round';
import type {
  AggregatePublished,
  CoordinatorMessage,
  DataKey,
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
import { eraseSecrets } from './round-files.ts';
import type { RoundFiles } from './round-files.ts';
import { uploadPath } from './upload-file.ts';
import { prepareVector } from './vector-thread.ts';

/** What the driver asks of the rest of the agent. */
export interface RoundPorts {
  /** Sends now if there is a connection; what is lost is said again after the next one. */
  send(message: SiteMessage): void;
  /** Sends the chunks that the coordinator lacks, in its own time, while they are wanted. */
  uploadChunks(commitment: UploadCommitment, path: string, wanted: () => boolean): void;
  /** Fetches and folds what was summed under this ctx; the hash of the new model. @throws ProtocolError (commitmentMismatch, aggregateOutOfRange) */
  fold(published: AggregatePublished, context: Uint8Array): Promise<Uint8Array>;
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
  readonly #dataKey: DataKey | null;
  readonly #working = new Set<string>();
  /** The preparation that is under way, by its attempt. */
  #preparing: { readonly attempt: number; readonly abort: AbortController } | undefined;
  #state: SiteState = initialSiteState();

  /** `dataKey` is that of the round, `null` without encryption. */
  constructor(
    config: SiteRoundConfig,
    files: RoundFiles,
    ports: RoundPorts,
    crypto: Crypto,
    noMasks: boolean,
    dataKey: DataKey | null,
  ) {
    this.config = config;
    this.#files = files;
    this.#ports = ports;
    this.#crypto = crypto;
    this.#noMasks = noMasks;
    this.#dataKey = dataKey;
  }

  get state(): SiteState {
    return this.#state;
  }

  /** Folds the events of a journal, performing nothing. */
  replay(events: readonly SiteEvent[]): void {
    for (const event of events) this.#state = siteStep(this.config, this.#state, event, this.#crypto).state;
  }

  /**
   * Stores what local training gave in the round's folder, and says that the site is ready. A round that ended meanwhile
   * takes nothing of it.
   *
   * @throws what `store` throws
   */
  async trained(store: (folder: string) => Promise<void>): Promise<void> {
    if (!this.#isTraining()) return;
    try {
      await store(this.#files.folder);
    } catch (error) {
      if (this.#isTraining()) throw error;
    }
    this.#tidy();
    this.handle({ kind: 'trained' });
  }

  #isTraining(): boolean {
    return this.#state.phase === 'training';
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
    this.#stopPreparing();
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
        this.#work(`prepare-${effect.attempt}`, () => this.#prepareUpload(effect));
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
  async #prepareUpload({ attempt, masks }: SiteEffect & { kind: 'prepareUpload' }): Promise<void> {
    const { state } = this;
    if (state.phase !== 'masking') return;
    const { site, parameters } = this.config;
    const { folder } = this.#files;
    const path = uploadPath(folder, attempt);
    const abort = new AbortController();
    const preparing = { attempt, abort };
    this.#preparing = preparing;
    const used = this.#noMasks ? masks.slice(0, 1) : masks;
    const key = { dataKey: this.#dataKey?.bytes.expose() ?? null, context: state.context, site };
    try {
      const shape = await prepareVector({ folder, path, parameters, masks: used, ...key }, abort.signal);
      if (abort.signal.aborted) return;
      this.#preparing = undefined;
      this.handle({ kind: 'uploadPrepared', attempt, ...shape });
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    } finally {
      if (abort.signal.aborted) rmSync(path, { force: true });
      this.#tidy();
    }
  }

  /** Work that ended after its round may have written what the end of the round had removed. */
  #tidy(): void {
    if (this.state.phase === 'closed') eraseSecrets(this.#files.folder);
  }

  /** What is prepared for an attempt that has passed is of no use. */
  #stopPreparing(): void {
    if (this.#preparing === undefined) return;
    const { attempt, abort } = this.#preparing;
    if (this.#state.phase === 'masking' && this.#state.attempt === attempt) return;
    this.#preparing = undefined;
    abort.abort();
  }

  async #fold(published: AggregatePublished): Promise<void> {
    const { state } = this;
    if (state.phase !== 'folding') return;
    try {
      const modelHash = await this.#ports.fold(published, state.context);
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
