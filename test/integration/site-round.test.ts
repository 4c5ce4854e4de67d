import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RoundDriver } from '#client/agent/round';
import type { RoundPorts } from '#client/agent/round';
import { RoundFiles } from '#client/agent/round-files';
import { readChunk } from '#client/agent/upload-file';
import { nodeCrypto } from '#shared/crypto/node';
import { combineShares } from '#shared/crypto/shamir';
import { coordinatorStep, initialCoordinatorState } from '#shared/secagg/coordinator-round';
import { removeMasks } from '#shared/secagg/mask';
import type {
  AttemptSecrets,
  CoordinatorEvent,
  CoordinatorMessage,
  CoordinatorState,
  RoundClosed,
  RoundOpened,
  UploadCommitment,
} from '#shared/secagg/types';
import { uploadSize } from '#shared/secagg/upload-check';
import { unpackWords } from '#shared/secagg/wire-words';
import { concatBytes, toHex } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import { encodeSiteMessage } from '#shared/wire/encode';
import { siteId } from '../support/secrets.ts';
import { study } from '../support/study.ts';

class Killed extends Error {}

const three = study({ count: 3 });
const { wordCount, modulusBits } = three.parameters;
const victim = siteId('site-1');

/** Site i gives 2^i in every word: the sum names its sites. */
function vectorOf(site: SiteId): Uint32Array {
  return new Uint32Array(wordCount).fill(2 ** three.names.indexOf(site));
}

/** One round with real drivers on a real disk; a coordinator and a wire in memory. */
class Round {
  readonly dir = mkdtempSync(join(tmpdir(), 'round-'));
  /** What each site sent, in order, as bytes. */
  readonly sent = new Map<SiteId, { readonly kind: string; readonly bytes: string }[]>();
  readonly ended = new Map<SiteId, RoundClosed>();
  readonly phases: string[] = [];
  aggregate: Uint32Array = new Uint32Array();
  readonly #noMasks: boolean;
  readonly #uploads = new Map<SiteId, Uint32Array>();
  readonly #drivers = new Map<SiteId, RoundDriver>();
  readonly #queue: (() => void)[] = [];
  #state: CoordinatorState = initialCoordinatorState();
  /** The victim is killed when it has written down its n-th change of state. */
  #killAt: number;

  constructor(killAt = Infinity, noMasks = false) {
    this.#killAt = killAt;
    this.#noMasks = noMasks;
  }

  async run(): Promise<void> {
    this.#tell({ kind: 'opened' });
    for (let turn = 0; turn < 400 && this.ended.size < three.names.length; turn++) {
      for (let work = this.#queue.shift(); work !== undefined; work = this.#queue.shift()) work();
      await new Promise(setImmediate);
    }
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
    const { state, effects } = coordinatorStep(three.coordinator, this.#state, event, nodeCrypto);
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
        const sum = new Uint32Array(wordCount);
        for (const site of effect.u3) this.#uploads.get(site)?.forEach((word, i) => (sum[i]! += word));
        this.aggregate = removeMasks(nodeCrypto, sum, effect.masks, modulusBits);
        const bytes = new Uint8Array(this.aggregate.buffer);
        this.#tell({ kind: 'aggregateSummed', aggregateHash: nodeCrypto.sha256(bytes), byteLength: bytes.length });
      }
    }
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
    this.#queue.push(() => {
      this.#alive(site, () => this.#drivers.get(site)?.trained(vectorOf(site)));
    });
  }

  #drive(site: SiteId, files: RoundFiles): RoundDriver {
    return new RoundDriver(three.siteConfig(site), files, this.#ports(site), nodeCrypto, this.#noMasks);
  }

  /** Runs a site's code; a kill ends it, and it starts again from its disk. */
  #alive(site: SiteId, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.#revive(site);
    }
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
      fold: async (published) => Promise.resolve(published.aggregateHash),
      refused: (code) => assert.fail(`${site} refused: ${code}`),
      moved: (state) => {
        if (site !== victim) return;
        this.phases.push(state.phase);
        this.#killAt -= 1;
        if (this.#killAt === 0) throw new Killed();
      },
      ended: (closed) => this.ended.set(site, closed),
      failed: (error) => {
        if (!(error instanceof Killed)) throw error;
        this.#revive(site);
      },
    };
  }

  #upload(site: SiteId, { commitment }: UploadCommitment, path: string): void {
    if (this.#uploads.has(site)) return;
    const { chunkCount } = uploadSize(three.parameters);
    const chunks = Array.from({ length: chunkCount }, (_, i) => readChunk(path, i, three.parameters));
    this.#uploads.set(site, unpackWords(concatBytes(chunks), wordCount, modulusBits));
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

const expectedSum = Array.from({ length: wordCount }, () => 7);

describe('the driver of a round', () => {
  let round: Round;
  afterEach(() => {
    round.remove();
  });

  it('takes part from training to the signature over the model', async () => {
    round = new Round();
    await round.run();
    assert.deepEqual([...round.aggregate], expectedSum);
    assert.deepEqual(
      [...round.ended.values()].map(({ outcome }) => outcome),
      ['accepted', 'accepted', 'accepted'],
    );
  });

  it('says the same bytes or nothing after a kill between the journal and the effects of any step', async () => {
    round = new Round();
    await round.run();
    const { phases } = round;
    assert(phases.length >= 9, phases.join());
    for (let at = 1; at <= phases.length; at++) {
      round.remove();
      round = new Round(at);
      await round.run();
      assert.deepEqual([...round.aggregate], expectedSum, `killed in ${phases[at - 1] ?? ''}`);
      assert.equal(round.ended.get(victim)?.outcome, 'accepted', `killed in ${phases[at - 1] ?? ''}`);
      assertSaidOnce(round, victim);
    }
  });

  it('gives the same sum bit for bit without pairwise masks', async () => {
    round = new Round(Infinity, true);
    await round.run();
    assert.deepEqual([...round.aggregate], expectedSum);
  });

  it('has no secret of the round on its disk once it is over, and none in its journal before', async () => {
    let secrets: AttemptSecrets | undefined;
    round = new Round();
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
