/**
 * A site over the real transport with the real machines and the cipher of the plan, whose training is a vector that a test
 * gives, and whose model is a chain of hashes. Nothing of it is kept on disk, and it gives and takes no snapshots.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { splitSecret } from '#shared/crypto/shamir';
import { nodeCrypto } from '#shared/crypto/node';
import { signApproval } from '#shared/governance/approval';
import { planFromBytes } from '#shared/governance/plan';
import { rosterFromBytes } from '#shared/governance/roster';
import { toSumParameters } from '#shared/governance/sum-parameters';
import type { Plan, Roster } from '#shared/governance/types';
import { leafHash, merkleAccumulator } from '#shared/log/merkle';
import type { KeyStudy } from '#shared/secagg/keys/types';
import { maskUpload } from '#shared/secagg/mask';
import { initialSiteState, siteStep } from '#shared/secagg/site/round';
import type {
  AggregatePublished,
  CoordinatorMessage,
  DataKey,
  DealtShares,
  RefusalCode,
  RoundClosed,
  RoundOpened,
  SiteEffect,
  SiteEvent,
  SiteMessage,
  SiteRoundConfig,
  SiteState,
  SumParameters,
} from '#shared/secagg/types';
import { concatBytes, fromHex } from '#shared/util/bytes';
import { isCoordinatorKeyMessage } from '#shared/wire/about-keys';
import type { CurrentPlan, ToSite } from '#shared/wire/types';
import type { EnrolledSite } from './enrolled-site.ts';
import { encryptedChunks, openedWords } from './process-cipher.ts';
import { SimulatedKeys } from './simulated-keys.ts';
import { SiteCalls } from './site-calls.ts';
import type { TestSession } from './site-calls.ts';

/** What a test may watch and change. */
export interface SimulatedSiteOptions {
  /** The site's words, each below 2^bits. */
  readonly vector: (round: number, parameters: SumParameters) => Uint32Array;
  /** False keeps a message from leaving, as if the site had died before it. */
  readonly sends?: (message: SiteMessage) => boolean;
  /** Called instead of sending the chunks. */
  readonly uploads?: (site: SimulatedSite, chunks: readonly Uint8Array[], commitment: Uint8Array) => Promise<void>;
  /** Whether a lost session is opened again. Default true. */
  readonly reconnects?: boolean;
}

/** The round that the site is in; chunks by attempt. */
interface OpenRound {
  readonly config: SiteRoundConfig;
  /** `null` without encryption. */
  readonly dataKey: DataKey | null;
  readonly chunks: Map<number, readonly Uint8Array[]>;
}

export class SimulatedSite {
  readonly enrolled: EnrolledSite;
  readonly calls: SiteCalls;
  readonly refusals: RefusalCode[] = [];
  readonly messages: CoordinatorMessage[] = [];
  readonly closed: RoundClosed[] = [];
  /** What the published aggregates open to, by round: the words as bytes. */
  readonly aggregates = new Map<number, Uint8Array>();
  readonly #options: SimulatedSiteOptions;
  #session: TestSession | undefined;
  #study: Study | undefined;
  /** `null` without encryption. */
  #keys: SimulatedKeys | null = null;
  #round: OpenRound | undefined;
  #state: SiteState = initialSiteState();
  #modelHash = new Uint8Array(0);
  #work: Promise<void> = Promise.resolve();
  #stopped = false;
  #watchers: (() => void)[] = [];

  constructor(enrolled: EnrolledSite, options: SimulatedSiteOptions) {
    this.enrolled = enrolled;
    this.#options = options;
    this.calls = new SiteCalls(enrolled);
  }

  /** Signs the current plan and founds its roster. */
  async approve(): Promise<void> {
    const study = await this.study();
    const { site, identitySeed } = this.enrolled;
    const { planHash, rosterHash } = study;
    await this.calls.submitApproval(signApproval(nodeCrypto, identitySeed, { site, planHash, rosterHash }));
  }

  /** The current plan. */
  async study(): Promise<Study> {
    return this.#study ?? this.#takeUp(toStudy(await this.calls.getPlan()));
  }

  #takeUp(study: Study): Study {
    this.#study = study;
    this.#modelHash = study.initialModelHash;
    if (study.keys === null) return study;
    const { site, identitySeed, sealingPrivateKey } = this.enrolled;
    this.#keys = new SimulatedKeys({ ...study.keys, site, identitySeed, sealingPrivateKey }, (message) => {
      this.#session?.send(message);
    });
    return study;
  }

  /** Opens a session and, when it is lost, another. With encryption the plan has been approved here before. */
  connect(): void {
    if (this.#stopped) return;
    const session = this.calls.session({
      opened: () => {
        this.#session = session;
        this.#keys?.sayHolding();
        if (this.#round !== undefined) this.#enqueue(() => this.#step({ kind: 'reconnected' }));
      },
      received: (message) => {
        this.#enqueue(() => this.#receive(message));
      },
      ended: () => {
        this.#session = undefined;
        if (this.#options.reconnects !== false)
          setTimeout(() => {
            this.connect();
          }, 100).unref();
      },
    });
  }

  /** Ends without a word. */
  stop(): void {
    this.#stopped = true;
    this.#session?.end();
    this.calls.close();
  }

  /** Fulfilled when `condition` holds after something has happened here. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((wake) => this.#watchers.push(wake));
  }

  /** A failure counts unless the site was stopped. */
  #beside(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#stopped) throw error;
    });
  }

  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#work
      .then(work)
      .catch((error: unknown) => {
        if (!this.#stopped) throw error;
      })
      .finally(() => {
        for (const wake of this.#watchers.splice(0)) wake();
      });
  }

  async #receive(message: ToSite): Promise<void> {
    if (isCoordinatorKeyMessage(message)) {
      if (message.kind !== 'snapshotWanted' && message.kind !== 'snapshotRecord') await this.#keys?.receive(message);
      return;
    }
    this.messages.push(message);
    if (message.kind === 'messageRefused') this.refusals.push(message.code);
    if (message.kind === 'roundOpened') await this.#open(message);
    if (this.#round === undefined || message.round !== this.#round.config.binding.round) return;
    if (message.kind !== 'attemptOpened') return this.#step({ kind: 'received', message });
    const draw = (): Uint8Array => new Uint8Array(randomBytes(32));
    const secrets = { maskPrivateKey: draw(), channelPrivateKey: draw(), selfMaskSeed: draw() };
    await this.#step({ kind: 'attemptOpened', attempt: message.attempt, secrets });
  }

  async #open({ round, cohort }: RoundOpened): Promise<void> {
    if (this.#round !== undefined && round <= this.#round.config.binding.round) return;
    const { planHash, rosterHash, identities, parameters } = await this.study();
    const { site, identitySeed, coordinatorKey } = this.enrolled;
    const dataKey = this.#keys?.ofRound(round) ?? null;
    const keyHash = dataKey?.keyHash ?? null;
    const binding = { planHash, rosterHash, keyHash, round, cohort, modelHash: this.#modelHash };
    const config = { site, parameters, binding, identities, coordinatorIdentity: coordinatorKey, identitySeed };
    this.#round = { config, dataKey, chunks: new Map() };
    this.#state = initialSiteState();
    await this.#step({ kind: 'trained' });
  }

  async #step(event: SiteEvent): Promise<void> {
    if (this.#round === undefined) return;
    const { state, effects } = siteStep(this.#round.config, this.#state, event, nodeCrypto);
    this.#state = state;
    for (const effect of effects) await this.#perform(this.#round, effect);
  }

  async #perform(round: OpenRound, effect: SiteEffect): Promise<void> {
    const { binding } = round.config;
    switch (effect.kind) {
      case 'send':
        if (this.#options.sends?.(effect.message) !== false) this.#session?.send(effect.message);
        return;
      case 'dealShares':
        return this.#step({ kind: 'sharesDealt', attempt: effect.attempt, shares: await deal(effect) });
      case 'prepareUpload': {
        const chunks = await this.#prepare(round, effect);
        round.chunks.set(effect.attempt, chunks);
        const byteLength = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        const prepared = { attempt: effect.attempt, root: rootOf(chunks), chunkCount: chunks.length, byteLength };
        return this.#step({ kind: 'uploadPrepared', ...prepared });
      }
      case 'uploadChunks': {
        const chunks = [...round.chunks.values()].at(-1) ?? [];
        this.#beside(this.upload(binding.round, effect.commitment.commitment, chunks));
        return;
      }
      case 'applyAggregate': {
        round.chunks.clear();
        const aggregate = await this.#opened(round, effect.published);
        this.aggregates.set(binding.round, aggregate);
        return this.#step({ kind: 'modelFolded', modelHash: nodeCrypto.sha256(binding.modelHash, aggregate) });
      }
      case 'refuse':
        throw new Error(`${this.enrolled.site} refuses: ${effect.code}`);
      case 'roundEnded':
        this.closed.push(effect.closed);
        this.#modelHash = new Uint8Array(effect.closed.modelHash);
        return this.#keys?.settled(effect.closed);
      case 'eraseSecrets':
    }
  }

  async #prepare(
    { config: { site, binding, parameters }, dataKey }: OpenRound,
    { masks, modulusBits }: Extract<SiteEffect, { kind: 'prepareUpload' }>,
  ): Promise<readonly Uint8Array[]> {
    await inTurn();
    const vector = this.#options.vector(binding.round, parameters);
    const masked = maskUpload(nodeCrypto, vector, masks, modulusBits);
    return encryptedChunks(parameters, masked, { ...this.#underKey(dataKey), site });
  }

  async #opened(
    { config: { binding, parameters }, dataKey }: OpenRound,
    { u3 }: AggregatePublished,
  ): Promise<Uint8Array> {
    const bytes = await this.#fetch(binding.round);
    await inTurn();
    const words = await openedWords(parameters, bytes, { ...this.#underKey(dataKey), u3 });
    return new Uint8Array(words.buffer);
  }

  #underKey(dataKey: DataKey | null): { readonly dataKey: Uint8Array | null; readonly context: Uint8Array } {
    if (!('context' in this.#state)) throw new Error(`${this.enrolled.site} is in no attempt`);
    return { dataKey: dataKey?.bytes.expose() ?? null, context: this.#state.context };
  }

  /** Sends the chunks, or lets the test do it. */
  async upload(round: number, commitment: Uint8Array, chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#options.uploads !== undefined) return this.#options.uploads(this, chunks, commitment);
    const name = { round, commitment };
    const present = new Set(await patiently(() => this.calls.uploadStatus(name)));
    const missing = new Map([...chunks.entries()].filter(([index]) => !present.has(index)));
    await patiently(() => this.calls.upload(name, missing));
  }

  async #fetch(round: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    await patiently(() =>
      this.calls.fetchAggregate({ round, offset: length(pieces) }, (data) => pieces.push(data.slice())),
    );
    return concatBytes(pieces);
  }
}

let turn: Promise<void> = Promise.resolve();

/** Heavy work of the sites of one process, one after the other, so that their connections stay alive between. */
async function inTurn(): Promise<void> {
  turn = turn.then(() => new Promise((next) => setImmediate(next)));
  await turn;
}

/** What a site reads of the current plan. */
interface Study {
  readonly planHash: Uint8Array;
  readonly rosterHash: Uint8Array;
  readonly identities: SiteRoundConfig['identities'];
  readonly parameters: SumParameters;
  readonly initialModelHash: Uint8Array<ArrayBuffer>;
  /** `null` without encryption. */
  readonly keys: KeyStudy | null;
}

function toStudy(current: CurrentPlan | null): Study {
  if (current === null) throw new Error('no plan is proposed');
  const plan = planFromBytes(current.plan);
  const { sites } = rosterFromBytes(current.roster);
  const hashes = { planHash: nodeCrypto.sha256(current.plan), rosterHash: nodeCrypto.sha256(current.roster) };
  const initial = fromHex(plan.program.initialModelHash);
  return {
    ...hashes,
    identities: new Map(sites.map(({ site, identityKey }) => [site, identityKey])),
    parameters: toSumParameters(plan),
    initialModelHash: new Uint8Array(initial ?? []),
    keys: keyStudyOf(plan, sites, hashes),
  };
}

function keyStudyOf(
  { rounds, sum: { encryption, keyEpochRounds } }: Plan,
  sites: Roster['sites'],
  hashes: Pick<KeyStudy, 'planHash' | 'rosterHash'>,
): KeyStudy | null {
  if (encryption === 'none') return null;
  const bySite = new Map(sites.map((entry) => [entry.site, entry] as const));
  return { ...hashes, encryption, rounds, keyEpochRounds, sites: bySite };
}

async function deal({
  secrets,
  holders,
  threshold,
}: Extract<SiteEffect, { kind: 'dealShares' }>): Promise<readonly DealtShares[]> {
  const selfMask = await splitSecret(secrets.selfMaskSeed, holders.length, threshold);
  const maskKey = await splitSecret(secrets.maskPrivateKey, holders.length, threshold);
  return holders.map((holder, i) => ({
    holder,
    selfMask: selfMask[i]!,
    maskKey: maskKey[i]!,
    nonce: new Uint8Array(randomBytes(24)),
  }));
}

function rootOf(chunks: readonly Uint8Array[]): Uint8Array {
  const tree = merkleAccumulator(nodeCrypto);
  for (const chunk of chunks) tree.append(leafHash(nodeCrypto, chunk));
  return tree.root();
}

function length(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

/** Tries again while the coordinator is away, or does not know yet what was said in the session. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries >= 200 || !mayPass(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const away: readonly unknown[] = [status.UNAVAILABLE, status.CANCELLED, status.INTERNAL];
  return away.includes(error.code) || error.message.includes('[wrongPhase]');
}
