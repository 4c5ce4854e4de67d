import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { RoundDriver } from '#coordinator/round/driver';
import type { RoundWorld } from '#coordinator/round/driver';
import { aggregateStore } from '#coordinator/store/aggregates';
import { openDatabase } from '#coordinator/store/database';
import { planStore } from '#coordinator/store/plans';
import { roundStore } from '#coordinator/store/rounds';
import { uploadStore } from '#coordinator/store/uploads';
import type { SealLibrary } from '#shared/crypto/bgv';
import { bgvDegree, bgvPrime } from '#shared/crypto/bgv-format';
import { nodeCrypto } from '#shared/crypto/node';
import { splitSecret } from '#shared/crypto/shamir';
import { merkleRoot } from '#shared/log/merkle';
import { maskUpload } from '#shared/secagg/mask';
import { initialSiteState, siteStep } from '#shared/secagg/site/round';
import type {
  AggregatePublished,
  DealtShares,
  RoundClosed,
  SiteEffect,
  SiteEvent,
  SiteMessage,
} from '#shared/secagg/types';
import { aggregateByteLength, uploadCut } from '#shared/secagg/upload-cut';
import { concatBytes } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import { cipherFor, dataKeyFor, leastChunkBytes } from '../support/ciphers.ts';
import { ManualClock } from '../support/in-process-coordinator.ts';
import { bytesOf } from '../support/secrets.ts';
import { loadSeal } from '../support/seal.ts';
import { study } from '../support/study.ts';
import type { Study } from '../support/study.ts';
import { inTemporaryFolder } from '../support/temporary-folder.ts';

const wordCount = bgvDegree + 10;
const deadlineMs = 1000;
const place = { planId: 1, round: 1, attempt: 0 };

/** What a site does to the chunks that it then commits to. */
type Tamper = (chunk: Uint8Array, index: number) => Uint8Array;

/** Sites in memory, and a coordinator on a real disk whose ciphertexts are checked and added in its thread. */
class EncryptedRound {
  readonly four: Study;
  readonly opened = new Map<SiteId, Uint32Array>();
  closed: RoundClosed | undefined;
  readonly #seal: SealLibrary;
  readonly #dataKey: Uint8Array | null;
  readonly #world: RoundWorld;
  readonly #driver: RoundDriver;
  readonly #db;
  readonly #clock = new ManualClock(0);
  readonly #states;
  readonly #queue: (() => Promise<void> | void)[] = [];
  readonly #tampers: ReadonlyMap<SiteId, Tamper>;
  #failure: unknown;

  constructor(dir: string, seal: SealLibrary, tamper: Tamper | undefined) {
    this.#seal = seal;
    this.#dataKey = dataKeyFor('bgv', seal);
    const keyHash = this.#dataKey && nodeCrypto.sha256(this.#dataKey);
    const chunkBytes = leastChunkBytes('bgv', 32);
    const parameters = { encryption: 'bgv', modulusBits: 32, wordCount, chunkBytes } as const;
    this.four = study({ count: 4, keyHash, parameters });
    const bad = this.four.names[3]!;
    this.#tampers = new Map(tamper === undefined ? [] : [[bad, tamper]]);
    this.#states = new Map(this.four.names.map((site) => [site, initialSiteState()]));
    const db = (this.#db = openDatabase(join(dir, 'coordinator.sqlite')));
    const { planHash, rosterHash, cohort, modelHash } = this.four.coordinator.binding;
    planStore(db).add({ planHash, plan: bytesOf('plan'), roster: bytesOf('roster'), rosterHash }, 0);
    const rounds = roundStore(db);
    this.#world = {
      crypto: nodeCrypto,
      clock: this.#clock,
      rounds,
      uploads: uploadStore(join(dir, 'uploads')),
      aggregates: aggregateStore(join(dir, 'aggregates')),
      send: (site, message) => {
        if (message.kind === 'attemptOpened') {
          const fresh = (): Uint8Array => new Uint8Array(randomBytes(32));
          const secrets = { maskPrivateKey: fresh(), channelPrivateKey: fresh(), selfMaskSeed: fresh() };
          this.#queue.push(() => this.#step(site, { kind: 'attemptOpened', attempt: message.attempt, secrets }));
        } else this.#queue.push(() => this.#step(site, { kind: 'received', message }));
      },
      notice: () => undefined,
      stop: (error) => (this.#failure = error),
    };
    const round = rounds.open({ planId: 1, round: 1, cohort, modelHash, openedAtMs: 0 });
    this.#driver = new RoundDriver(
      round,
      this.four.coordinator,
      this.#world,
      () => deadlineMs,
      ({ closed }) => (this.closed = closed),
    );
  }

  /** The deadline of the uploads passes when all are there but that of a site which was refused. */
  async run(): Promise<void> {
    this.#driver.start();
    for (const site of this.four.names) this.#queue.push(() => this.#step(site, { kind: 'trained' }));
    while (this.closed === undefined && this.#failure === undefined) {
      const work = this.#queue.shift();
      if (work !== undefined) await work();
      else await new Promise(setImmediate);
      const { state } = this.#driver;
      const isRefused = state.phase === 'maskedInput' && state.culprits.length === 1;
      if (isRefused && state.receipts.size === 3) this.#clock.pass(deadlineMs);
    }
    assert.equal(this.#failure, undefined);
  }

  close(): void {
    this.#db.close();
  }

  vectorOf(site: SiteId): Uint32Array {
    return Uint32Array.from({ length: wordCount }, (_, i) => 2 ** this.four.names.indexOf(site) + 16 * i);
  }

  async #step(site: SiteId, event: SiteEvent): Promise<void> {
    const { state, effects } = siteStep(this.four.siteConfig(site), this.#states.get(site)!, event, nodeCrypto);
    this.#states.set(site, state);
    for (const effect of effects) await this.#perform(site, effect);
  }

  async #perform(site: SiteId, effect: SiteEffect): Promise<void> {
    switch (effect.kind) {
      case 'send':
        this.#say(site, effect.message);
        return;
      case 'dealShares':
        await this.#step(site, { kind: 'sharesDealt', attempt: effect.attempt, shares: await deal(effect) });
        return;
      case 'prepareUpload':
        await this.#prepare(site, effect);
        return;
      case 'applyAggregate':
        await this.#open(site, effect.published);
        return;
      case 'refuse':
        assert.fail(`${site} refused: ${effect.code}`);
        return;
      case 'uploadChunks':
      case 'eraseSecrets':
      case 'roundEnded':
    }
  }

  #say(site: SiteId, message: SiteMessage): void {
    this.#queue.push(() => {
      this.#driver.handle({ kind: 'received', from: site, message });
    });
  }

  /** The chunks are at the coordinator before the commitment: it checks them as soon as it expects them. */
  async #prepare(site: SiteId, { attempt, masks }: SiteEffect & { kind: 'prepareUpload' }): Promise<void> {
    const { parameters } = this.four;
    const cut = uploadCut(parameters);
    const cipher = cipherFor('bgv', 32, this.#seal);
    const encryptor = cipher.encryptor({ dataKey: this.#dataKey, context: new Uint8Array(32), site });
    const masked = maskUpload(nodeCrypto, this.vectorOf(site), masks, 32);
    const chunks = Array.from({ length: cut.chunkCount }, (_, index) => {
      const from = cut.firstWordOf(index);
      const chunk = encryptor.encrypt(masked.slice(from, from + cut.wordsOf(index)));
      return this.#tampers.get(site)?.(chunk, index) ?? chunk;
    });
    encryptor.dispose();
    cipher.dispose();
    for (const [index, chunk] of chunks.entries())
      await this.#world.uploads.write({ ...place, attempt, site }, index, chunk);
    const shape = { root: merkleRoot(nodeCrypto, chunks), chunkCount: chunks.length, byteLength: cut.byteLength };
    await this.#step(site, { kind: 'uploadPrepared', attempt, ...shape });
  }

  async #open(site: SiteId, { u3, byteLength }: AggregatePublished): Promise<void> {
    assert.equal(byteLength, aggregateByteLength(this.four.parameters));
    const pieces: Uint8Array[] = [];
    for await (const piece of this.#world.aggregates.read(1, 1, 0, 2 ** 16)) pieces.push(piece.slice());
    const cipher = cipherFor('bgv', 32, this.#seal);
    const opener = cipher.opener({ dataKey: this.#dataKey, context: new Uint8Array(32), u3 });
    this.opened.set(site, opener.open(concatBytes(pieces), wordCount));
    opener.dispose();
    cipher.dispose();
    await this.#step(site, { kind: 'modelFolded', modelHash: bytesOf('next model') });
  }
}

async function deal({ secrets, holders, threshold }: SiteEffect & { kind: 'dealShares' }): Promise<DealtShares[]> {
  const selfMask = await splitSecret(secrets.selfMaskSeed, holders.length, threshold);
  const maskKey = await splitSecret(secrets.maskPrivateKey, holders.length, threshold);
  return holders.map((holder, i) => ({
    holder,
    selfMask: selfMask[i]!, // one share for each holder
    maskKey: maskKey[i]!,
    nonce: new Uint8Array(randomBytes(24)),
  }));
}

function changed(chunk: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const copy = chunk.slice();
  change(new DataView(copy.buffer));
  return copy;
}

/** In the last chunk; the others are as they should be. */
const tampers: Readonly<Record<string, Tamper>> = {
  'another correction factor': (chunk, index) =>
    index === 0
      ? chunk
      : changed(chunk, (view) => {
          view.setBigUint64(81, 3n, true);
        }),
  "another library's header": (chunk, index) =>
    index === 0
      ? chunk
      : changed(chunk, (view) => {
          view.setUint8(4, 3);
        }),
  'a coefficient above the prime': (chunk, index) =>
    index === 0
      ? chunk
      : changed(chunk, (view) => {
          view.setBigUint64(113, bgvPrime, true);
        }),
};

describe('a round of ciphertexts at the coordinator', () => {
  let seal: SealLibrary;
  before(async () => {
    ({ seal } = await loadSeal());
  });

  async function finished(dir: string, tamper: Tamper | undefined): Promise<EncryptedRound> {
    const round = new EncryptedRound(dir, seal, tamper);
    try {
      await round.run();
      return round;
    } finally {
      round.close();
    }
  }

  function sumOf(round: EncryptedRound, sites: readonly SiteId[]): Uint32Array {
    const sum = new Uint32Array(wordCount);
    for (const site of sites) for (const [i, word] of round.vectorOf(site).entries()) sum[i]! += word;
    return sum;
  }

  it('opens at every site to the exact sum of all', async () => {
    await inTemporaryFolder(async (dir) => {
      const round = await finished(dir, undefined);
      assert.deepEqual([round.closed?.outcome, round.closed?.culprits], ['accepted', []]);
      assert.equal(round.opened.size, 4);
      for (const words of round.opened.values()) assert.deepEqual(words, sumOf(round, round.four.names));
    });
  });

  for (const [what, tamper] of Object.entries(tampers)) {
    it(`names the site whose ciphertext has ${what}, before its receipt, and sums the others exactly`, async () => {
      await inTemporaryFolder(async (dir) => {
        const round = await finished(dir, tamper);
        assert.deepEqual([round.closed?.outcome, round.closed?.culprits], ['accepted', [round.four.names[3]]]);
        for (const site of round.four.names.slice(0, 3)) {
          assert.deepEqual(round.opened.get(site), sumOf(round, round.four.names.slice(0, 3)));
        }
      });
    });
  }
});
