import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RoundDriver } from '#client/agent/round';
import type { RoundPorts } from '#client/agent/round';
import { RoundFiles } from '#client/agent/round-files';
import { storeChunks } from '#client/agent/sealed-chunks';
import { readChunk } from '#client/agent/upload-file';
import { Vault } from '#client/agent/vault';
import type { SealLibrary } from '#shared/crypto/bgv';
import { nodeCrypto } from '#shared/crypto/node';
import { combineShares } from '#shared/crypto/shamir';
import { coordinatorStep, initialCoordinatorState } from '#shared/secagg/coordinator/round';
import type { Cipher } from '#shared/secagg/cipher/cipher';
import { addMasks } from '#shared/secagg/mask';
import type {
  AggregatePublished,
  AttemptSecrets,
  CoordinatorEvent,
  CoordinatorMessage,
  CoordinatorState,
  DataKey,
  Mask,
  RoundClosed,
  RoundOpened,
  UploadCommitment,
} from '#shared/secagg/types';
import { uploadCut } from '#shared/secagg/upload-cut';
import { concatBytes, toHex } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import { Secret } from '#shared/util/secret';
import { encodeSiteMessage } from '#shared/wire/encode';
import { cipherFor, dataKeyFor, encryptions, leastChunkBytes } from '../support/ciphers.ts';
import type { Encryption } from '../support/ciphers.ts';
import { siteId } from '../support/secrets.ts';
import { loadSeal } from '../support/seal.ts';
import { study } from '../support/study.ts';
import type { Study } from '../support/study.ts';

class Killed extends Error {}

const victim = siteId('site-1');

/** Three sites, under an encryption, and its data key. */
interface Setting {
  readonly three: Study;
  readonly cipher: Cipher;
  readonly dataKey: DataKey | null;
}

function settingOf(encryption: Encryption, seal: SealLibrary): Setting {
  const words = { none: 12, stream: 12, bgv: 4100 }[encryption];
  const modulusBits = encryption === 'none' ? 16 : 32;
  const chunkBytes = leastChunkBytes(encryption, modulusBits);
  const bytes = dataKeyFor(encryption, seal);
  const keyHash = bytes && nodeCrypto.sha256(bytes);
  return {
    three: study({ count: 3, keyHash, parameters: { encryption, modulusBits, chunkBytes, wordCount: words } }),
    cipher: cipherFor(encryption, modulusBits, seal),
    dataKey: bytes && keyHash && { epoch: 1, keyHash, bytes: new Secret(bytes) },
  };
}

/** One round with real drivers on a real disk; a coordinator and a wire in memory. */
class Round {
  readonly dir = mkdtempSync(join(tmpdir(), 'round-'));
  /** What each site sent, in order, as bytes. */
  readonly sent = new Map<SiteId, { readonly kind: string; readonly bytes: string }[]>();
  readonly ended = new Map<SiteId, RoundClosed>();
  readonly phases: string[] = [];
  /** What each site opened. */
  readonly opened = new Map<SiteId, Uint32Array>();
  readonly #setting: Setting;
  readonly #noMasks: boolean;
  readonly #uploads = new Map<SiteId, readonly Uint8Array[]>();
  #aggregate = new Uint8Array();
  readonly #drivers = new Map<SiteId, RoundDriver>();
  readonly #queue: (() => void)[] = [];
  #state: CoordinatorState = initialCoordinatorState();
  /** The victim is killed when it has written down its n-th change of state. */
  #killAt: number;
  #failure: unknown;

  constructor(setting: Setting, killAt = Infinity, noMasks = false) {
    this.#setting = setting;
    this.#killAt = killAt;
    this.#noMasks = noMasks;
  }

  async run(): Promise<void> {
    this.#tell({ kind: 'opened' });
    for (let turn = 0; turn < mostTurns && this.ended.size < 3 && this.#failure === undefined; turn++) {
      for (let work = this.#queue.shift(); work !== undefined; work = this.#queue.shift()) work();
      await new Promise(setImmediate);
    }
    assert.equal(this.#failure, undefined);
  }

  driver(site: SiteId): RoundDriver | undefined {
    return this.#drivers.get(site);
  }

  folder(site: SiteId): string {
    return join(this.dir, site);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true });
  }

  #tell(event: CoordinatorEvent): void {
    const { state, effects } = coordinatorStep(this.#setting.three.coordinator, this.#state, event, nodeCrypto);
    this.#state = state;
    for (const effect of effects) {
      if (effect.kind === 'send') {
        this.#queue.push(() => {
          this.#deliver(effect.to, effect.message);
        });
      }
      if (effect.kind === 'combineShares') {
        void Promise.all(effect.requests.map(({ shares }) => combineShares(shares))).then((secrets) =>
          this.#queue.push(() => {
            this.#tell({ kind: 'sharesCombined', secrets });
          }),
        );
      }
      if (effect.kind === 'sumUploads') {
        this.#aggregate = this.#summed(effect.u3, effect.masks);
        const bytes = this.#aggregate;
        this.#tell({ kind: 'aggregateSummed', aggregateHash: nodeCrypto.sha256(bytes), byteLength: bytes.length });
      }
    }
  }

  #summed(u3: readonly SiteId[], masks: readonly Mask[]): Uint8Array<ArrayBuffer> {
    const { three, cipher } = this.#setting;
    const cut = uploadCut(three.parameters);
    const parts = Array.from({ length: cut.chunkCount }, (_, index) => {
      const sum = cipher.sum(cut.wordsOf(index));
      for (const site of u3) sum.addInto(this.#uploads.get(site)![index]!);
      const mask = new Uint32Array(cut.wordsOf(index));
      addMasks(nodeCrypto, mask, masks, cut.firstWordOf(index));
      sum.subtractMask(mask);
      const bytes = sum.bytes();
      sum.dispose();
      return bytes;
    });
    return new Uint8Array(concatBytes(parts));
  }

  #open(site: SiteId, { u3 }: AggregatePublished, context: Uint8Array): void {
    const { three, cipher, dataKey } = this.#setting;
    const opener = cipher.opener({ dataKey: dataKey?.bytes.expose() ?? null, context, u3 });
    this.opened.set(site, opener.open(this.#aggregate, three.parameters.wordCount));
    opener.dispose();
  }

  #deliver(site: SiteId, message: CoordinatorMessage): void {
    this.#alive(site, () => {
      if (message.kind === 'roundOpened') this.#begin(site, message);
      else this.#drivers.get(site)?.receive(message);
    });
  }

  #begin(site: SiteId, opened: RoundOpened): void {
    if (this.#drivers.has(site)) return;
    mkdirSync(this.folder(site));
    const files = RoundFiles.begin(this.folder(site), opened);
    this.#drivers.set(site, this.#drive(site, files));
    this.#drivers
      .get(site)
      ?.trained(async (folder) => {
        this.#store(site, folder);
        return Promise.resolve();
      })
      .catch((error: unknown) => {
        this.#afterKill(site, error);
      });
  }

  /** Site i gives 2^i in every word: the sum names its sites. */
  #store(site: SiteId, folder: string): void {
    const { names, parameters } = this.#setting.three;
    const cut = uploadCut(parameters);
    const chunks = Array.from({ length: cut.chunkCount }, (_, index) =>
      new Uint32Array(cut.wordsOf(index)).fill(2 ** names.indexOf(site)),
    );
    storeChunks(folder, Vault.existing(folder), cut, chunks);
  }

  #drive(site: SiteId, files: RoundFiles): RoundDriver {
    const { three, dataKey } = this.#setting;
    return new RoundDriver(three.siteConfig(site), files, this.#ports(site), nodeCrypto, this.#noMasks, dataKey);
  }

  /** Runs a site's code; a kill ends it, and it starts again from its disk. */
  #alive(site: SiteId, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#afterKill(site, error);
    }
  }

  #afterKill(site: SiteId, error: unknown): void {
    if (error instanceof Killed) this.#revive(site);
    else this.#failure = error;
  }

  #revive(site: SiteId): void {
    const closed = RoundFiles.closed(this.folder(site));
    if (closed !== undefined) {
      this.ended.set(site, closed);
      return;
    }
    const resumed = RoundFiles.resume(this.folder(site)) ?? assert.fail('nothing to resume');
    const driver = this.#drive(site, resumed.files);
    driver.replay(resumed.events);
    this.#drivers.set(site, driver);
    this.#queue.push(() => {
      this.#tell({ kind: 'connected', site });
      this.#alive(site, () => {
        driver.handle({ kind: 'reconnected' });
      });
    });
  }

  #ports(site: SiteId): RoundPorts {
    return {
      send: (message) => {
        const list = this.sent.get(site) ?? [];
        list.push({ kind: message.kind, bytes: toHex(encodeSiteMessage(message)) });
        this.sent.set(site, list);
        this.#queue.push(() => {
          this.#tell({ kind: 'received', from: site, message });
        });
      },
      uploadChunks: (commitment, path) => {
        this.#queue.push(() => {
          this.#upload(site, commitment, path);
        });
      },
      fold: async (published, context) => {
        this.#open(site, published, context);
        return Promise.resolve(published.aggregateHash);
      },
      refused: (code) => assert.fail(`${site} refused: ${code}`),
      moved: (state) => {
        if (site !== victim) return;
        this.phases.push(state.phase);
        this.#killAt -= 1;
        if (this.#killAt === 0) throw new Killed();
      },
      ended: (closed) => this.ended.set(site, closed),
      failed: (error) => {
        this.#afterKill(site, error);
      },
    };
  }

  #upload(site: SiteId, { commitment }: UploadCommitment, path: string): void {
    if (this.#uploads.has(site)) return;
    const { parameters } = this.#setting.three;
    const { chunkCount } = uploadCut(parameters);
    this.#uploads.set(
      site,
      Array.from({ length: chunkCount }, (_, i) => readChunk(path, i, parameters)),
    );
    this.#tell({ kind: 'uploadCompleted', from: site, commitment });
  }
}

/** Each kind of message that a site sent has one spelling. */
function assertSaidOnce(round: Round, site: SiteId): void {
  const spellings = new Map<string, Set<string>>();
  for (const { kind, bytes } of round.sent.get(site) ?? [])
    spellings.set(kind, (spellings.get(kind) ?? new Set()).add(bytes));
  for (const [kind, texts] of spellings) assert.equal(texts.size, 1, `${kind} was said in ${texts.size} ways`);
}

/** Of turns of the event loop: work in a thread takes some hundred thousand. */
const mostTurns = 10_000_000;

for (const encryption of encryptions) {
  describe(`the driver of a round, ${encryption}`, () => {
    let setting: Setting;
    let round: Round;
    before(async () => {
      const { seal } = await loadSeal();
      setting = settingOf(encryption, seal);
    });
    afterEach(() => {
      round.remove();
    });

    /** All sites opened the exact sum. */
    function assertExact(message?: string): void {
      const expected = new Uint32Array(setting.three.parameters.wordCount).fill(7);
      assert.equal(round.opened.size, 3, message);
      for (const words of round.opened.values()) assert.deepEqual(words, expected, message);
    }

    it('takes part from training to the signature over the model', async () => {
      round = new Round(setting);
      await round.run();
      assertExact();
      assert.deepEqual(
        [...round.ended.values()].map(({ outcome }) => outcome),
        ['accepted', 'accepted', 'accepted'],
      );
    });

    it('says the same bytes or nothing after a kill between the journal and the effects of any step', async () => {
      round = new Round(setting);
      await round.run();
      const { phases } = round;
      assert(phases.length >= 9, phases.join());
      for (let at = 1; at <= phases.length; at++) {
        round.remove();
        round = new Round(setting, at);
        await round.run();
        const where = `killed in ${phases[at - 1] ?? ''}`;
        assertExact(where);
        assert.equal(round.ended.get(victim)?.outcome, 'accepted', where);
        assertSaidOnce(round, victim);
      }
    });

    it('gives the same sum bit for bit without pairwise masks', async () => {
      round = new Round(setting, Infinity, true);
      await round.run();
      assertExact();
    });

    it('has no secret of the round on its disk once it is over, and none in its journal before', async () => {
      let secrets: AttemptSecrets | undefined;
      round = new Round(setting);
      const running = round.run();
      while (secrets === undefined && round.ended.size === 0) {
        await new Promise(setImmediate);
        const state = round.driver(victim)?.state;
        if (state !== undefined && 'secrets' in state) secrets = state.secrets;
      }
      await running;
      assert(secrets !== undefined);
      assert.deepEqual(readdirSync(round.folder(victim)).sort(), ['closed.json', 'journal']);
      const journal = readFileSync(join(round.folder(victim), 'journal'), 'utf8');
      for (const secret of Object.values(secrets) as Uint8Array[]) {
        assert(!journal.includes(Buffer.from(secret).toString('base64')));
        assert(!journal.includes(toHex(secret)));
      }
    });
  });
}
