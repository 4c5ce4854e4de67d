/**
 * Drives one round: an event goes through the machine, then, if it changed anything, into the journal and to the disk, and
 * then its effects are performed. No `if` about the protocol is here. After a restart the journal is replayed without its
 * effects, and the machine is told, so that it asks again for what was not done. Effects may be performed twice.
 */
import { combineShares } from '#shared/crypto/shamir';
import type { Crypto } from '#shared/crypto/types';
import { contextHash } from '#shared/secagg/context';
import { coordinatorStep, initialCoordinatorState } from '#shared/secagg/coordinator/round';
import type {
  CombineRequest,
  CoordinatorDeadline,
  CoordinatorEffect,
  CoordinatorEvent,
  CoordinatorMessage,
  CoordinatorRoundConfig,
  CoordinatorState,
  SiteMessage,
} from '#shared/secagg/types';
import { uploadCut } from '#shared/secagg/upload-cut';
import type { UploadCut } from '#shared/secagg/upload-cut';
import { equalBytes } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import { unreachable } from '#shared/util/unreachable';
import type { ClosedRound } from '#shared/wire/types';
import { chunkWork } from '../aggregate/chunk-work.ts';
import type { ChunkWork } from '../aggregate/chunk-work.ts';
import { sumUploads } from '../aggregate/sum-uploads.ts';
import { verifyUpload } from '../aggregate/verify-upload.ts';
import type { AggregateStore } from '../store/aggregates.ts';
import type { JournalEntry, RoundStore, StoredRound } from '../store/rounds.ts';
import type { UploadPlace, UploadStore } from '../store/uploads.ts';
import type { Clock } from './clock.ts';

/** What a round reaches of the world. */
export interface RoundWorld {
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly rounds: RoundStore;
  readonly uploads: UploadStore;
  readonly aggregates: AggregateStore;
  /** Sends to a site if it is connected; a site that is not is greeted when it comes. */
  readonly send: (to: SiteId, message: CoordinatorMessage) => void;
  readonly notice: (notice: RoundNotice) => void;
  /** The journal or the disk failed: the program stops, and goes on from the journal when it is started again. */
  readonly stop: (error: unknown) => void;
}
/** What an operator may want to see. */
export type RoundNotice =
  | { readonly kind: 'phase'; readonly round: number; readonly attempt: number; readonly phase: string }
  | { readonly kind: 'refused'; readonly round: number; readonly site: SiteId; readonly code: string };

/** How long the sites have after a restart to come back before a deadline that is near or past. */
export const comeBackMs = 30_000;

type Effect<K extends CoordinatorEffect['kind']> = Extract<CoordinatorEffect, { kind: K }>;

/** An upload that a site has committed to and has no receipt for. */
interface ExpectedUpload {
  readonly place: UploadPlace;
  readonly commitment: Uint8Array;
}

/** One round at work. */
export class RoundDriver {
  readonly round: StoredRound;
  readonly #config: CoordinatorRoundConfig;
  readonly #world: RoundWorld;
  readonly #deadlineMs: (phase: CoordinatorDeadline) => number;
  readonly #onEnd: (end: ClosedRound) => void;
  readonly #work: ChunkWork;
  readonly #expected = new Map<SiteId, ExpectedUpload>();
  /** The last check of each site's upload, while it is under way. */
  readonly #checks = new Map<SiteId, Promise<unknown>>();
  #state: CoordinatorState = initialCoordinatorState();
  #cancelDeadline: () => void = () => undefined;
  /** The deadline that the journal began last, and when. */
  #recalled: { readonly deadline: Effect<'startDeadline'>; readonly sinceMs: number } | undefined;

  constructor(
    round: StoredRound,
    config: CoordinatorRoundConfig,
    world: RoundWorld,
    deadlineMs: (phase: CoordinatorDeadline) => number,
    onEnd: (end: ClosedRound) => void,
  ) {
    this.round = round;
    this.#config = config;
    this.#world = world;
    this.#deadlineMs = deadlineMs;
    this.#onEnd = onEnd;
    this.#work = chunkWork(world.crypto, world.uploads, config.parameters);
  }

  get state(): CoordinatorState {
    return this.#state;
  }

  /** How the uploads of this round are cut into chunks. */
  get cut(): UploadCut {
    return uploadCut(this.#config.parameters);
  }

  /** Folds the journal, and does nothing for it but delete what a stop may have left undeleted. */
  recall(): void {
    const deletions: Effect<'deleteUploads'>[] = [];
    for (const entry of this.#world.rounds.journal(this.round.id)) {
      for (const effect of this.#fold(entry)) if (effect.kind === 'deleteUploads') deletions.push(effect);
    }
    for (const deletion of deletions) this.#perform(deletion);
  }

  /** Folds the journal, then goes on from there; a round without a journal begins. */
  start(): void {
    this.recall();
    if (this.#state.phase === 'maskedInput') {
      const { attempt, uploads } = this.#state;
      for (const [site, { commitment }] of uploads) {
        this.#expected.set(site, { place: this.#place(attempt, site), commitment });
      }
    }
    this.handle({ kind: this.#state.phase === 'idle' ? 'opened' : 'restarted' });
  }

  /**
   * Steps, journals the event and flushes it if it changed anything, so that repeats and refused messages take no room, and
   * performs the effects. What fails here stops the program.
   *
   * @throws TransportError (diskFull, unavailable): the event did not happen.
   */
  handle(event: CoordinatorEvent): void {
    const { rounds, clock, crypto, notice, stop } = this.#world;
    try {
      const before = this.#state;
      const { state, effects } = coordinatorStep(this.#config, before, event, crypto);
      if (state !== before) rounds.append(this.round.id, event, clock.now());
      this.#state = state;
      if (state.phase !== before.phase) notice(this.#phaseNotice());
      for (const effect of effects) this.#perform(effect);
    } catch (error) {
      stop(error);
      throw error;
    }
  }

  /** What a site that comes back is sent when the round is over; nothing is journaled. */
  greetAfterEnd(site: SiteId): void {
    const { effects } = coordinatorStep(this.#config, this.#state, { kind: 'connected', site }, this.#world.crypto);
    for (const effect of effects) this.#perform(effect);
  }

  /** Whether a signed message is under the ctx of the sum that this round published. */
  isOfItsSum(message: SiteMessage): boolean {
    if (!('context' in message) || !('published' in this.#state) || this.#state.published === null) return false;
    const { attempt } = this.#state.published;
    return equalBytes(message.context, contextHash(this.#world.crypto, { ...this.#config.binding, attempt }));
  }

  /** The upload that is expected from a site, if one is. */
  expectedUpload(site: SiteId): ExpectedUpload | undefined {
    return this.#expected.get(site);
  }

  /**
   * Looks whether an expected upload is complete, and journals that it is. One check of a site's upload at a time: one that
   * does not match is deleted, and nobody reads it then.
   */
  async checkUpload(site: SiteId): Promise<'incomplete' | 'complete' | 'mismatch'> {
    const before = this.#checks.get(site) ?? Promise.resolve();
    const check = before.catch(() => undefined).then(() => this.#check(site));
    this.#checks.set(site, check);
    try {
      return await check;
    } finally {
      if (this.#checks.get(site) === check) this.#checks.delete(site);
    }
  }

  async #check(site: SiteId): Promise<'incomplete' | 'complete' | 'mismatch'> {
    if ('receipts' in this.#state && this.#state.receipts.has(site)) return 'complete';
    const expected = this.#expected.get(site);
    if (expected === undefined) return 'complete'; // its round has gone on
    const { uploads } = this.#world;
    const verdict = await this.#verify(site, expected);
    if (verdict === 'mismatch') await uploads.delete(expected.place);
    if (verdict === 'incomplete' || this.#expected.get(site) !== expected) return verdict;
    const kind = verdict === 'complete' ? 'uploadCompleted' : 'uploadMismatched';
    this.handle({ kind, from: site, commitment: expected.commitment });
    return verdict;
  }

  /** An upload that is deleted while it is read was not needed any more. */
  async #verify(site: SiteId, expected: ExpectedUpload): Promise<'incomplete' | 'complete' | 'mismatch'> {
    const { crypto, uploads } = this.#world;
    try {
      return await verifyUpload({
        crypto,
        uploads,
        work: this.#work,
        parameters: this.#config.parameters,
        ...expected,
      });
    } catch (error) {
      if (this.#expected.get(site) === expected) throw error;
      return 'incomplete';
    }
  }

  /** Forgets its deadline; the round goes on when the program is started again. */
  halt(): void {
    this.#cancelDeadline();
  }

  #fold({ event, atMs }: JournalEntry): readonly CoordinatorEffect[] {
    const { state, effects } = coordinatorStep(this.#config, this.#state, event, this.#world.crypto);
    this.#state = state;
    for (const effect of effects) {
      if (effect.kind === 'startDeadline') this.#recalled = { deadline: effect, sinceMs: atMs };
    }
    return effects;
  }

  #perform(effect: CoordinatorEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#world.send(effect.to, effect.message);
        return;
      case 'startDeadline':
        this.#startDeadline(effect);
        return;
      case 'expectUpload':
        this.#expect(effect.from, effect.commitment);
        return;
      case 'combineShares':
        this.#background(() => this.#combine(effect.requests));
        return;
      case 'sumUploads':
        this.#background(() => this.#sum(effect));
        return;
      case 'refuse':
        this.#refuse(effect);
        return;
      case 'deleteUploads':
        this.#background(() => this.#deleteUploads(effect));
        return;
      case 'roundEnded':
        this.#cancelDeadline();
        this.#expected.clear();
        this.#onEnd({ published: 'published' in this.#state ? this.#state.published : null, closed: effect.closed });
        return;
      default:
        unreachable(effect);
    }
  }

  #startDeadline(deadline: Effect<'startDeadline'>): void {
    this.#cancelDeadline();
    const { attempt, phase } = deadline;
    this.#cancelDeadline = this.#world.clock.at(this.#endOf(deadline), () => {
      this.#guarded(() => {
        this.handle({ kind: 'deadline', attempt, phase });
      });
    });
  }

  /** A restart does not begin a deadline anew: a program that stops again and again would never come to its end. */
  #endOf({ attempt, phase }: Effect<'startDeadline'>): number {
    const nowMs = this.#world.clock.now();
    const lastsMs = this.#deadlineMs(phase);
    const { deadline, sinceMs = nowMs } = this.#recalled ?? {};
    if (deadline?.attempt !== attempt || deadline.phase !== phase) return nowMs + lastsMs;
    return Math.max(sinceMs + lastsMs, nowMs + Math.min(comeBackMs, lastsMs));
  }

  #expect(site: SiteId, commitment: Uint8Array): void {
    if (this.#state.phase !== 'maskedInput') return;
    const known = this.#expected.get(site);
    const isKnown = known?.place.attempt === this.#state.attempt && equalBytes(known.commitment, commitment);
    if (isKnown && this.#checks.has(site)) return; // said again
    if (!isKnown) this.#expected.set(site, { place: this.#place(this.#state.attempt, site), commitment });
    this.#background(async () => {
      await this.checkUpload(site); // all of it may be there from before a restart
    });
  }

  #place(attempt: number, site: SiteId): UploadPlace {
    return { planId: this.round.planId, round: this.round.round, attempt, site };
  }

  #refuse({ to, code }: Effect<'refuse'>): void {
    const { round } = this.round;
    this.#world.notice({ kind: 'refused', round, site: to, code });
    this.#world.send(to, { kind: 'messageRefused', round, code });
  }

  async #combine(requests: readonly CombineRequest[]): Promise<void> {
    const secrets: (Uint8Array | null)[] = [];
    for (const { shares } of requests) secrets.push(await combineShares(shares).catch(() => null)); // the machine judges it
    this.handle({ kind: 'sharesCombined', secrets });
  }

  async #sum({ attempt, u3, masks }: Effect<'sumUploads'>): Promise<void> {
    const { aggregates } = this.#world;
    const { planId, round } = this.round;
    const pieces = sumUploads(this.#work, this.#config.parameters, { planId, round, attempt, u3, masks });
    const { aggregateHash, byteLength } = await aggregates.write(planId, round, pieces);
    this.handle({ kind: 'aggregateSummed', aggregateHash, byteLength });
  }

  async #deleteUploads({ attempt, of }: Effect<'deleteUploads'>): Promise<void> {
    for (const site of of) {
      if (this.#expected.get(site)?.place.attempt === attempt) this.#expected.delete(site);
      await this.#world.uploads.delete(this.#place(attempt, site));
    }
  }

  #phaseNotice(): RoundNotice {
    const { phase } = this.#state;
    return {
      kind: 'phase',
      round: this.round.round,
      attempt: 'attempt' in this.#state ? this.#state.attempt : 0,
      phase,
    };
  }

  #background(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      this.#world.stop(error);
    });
  }

  /** `handle` has told the world already when it throws. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#world.stop(error);
    }
  }
}
