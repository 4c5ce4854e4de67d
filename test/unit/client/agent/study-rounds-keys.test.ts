import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataKeys } from '#client/agent/data-keys';
import { makePrivateFolder } from '#client/agent/disk';
import { KeyFiles } from '#client/agent/key-files';
import { ModelStore } from '#client/agent/model-store';
import type { Progress } from '#client/agent/progress';
import { RoundFiles } from '#client/agent/round-files';
import { makeSnapshot } from '#client/agent/snapshots';
import type { MadeSnapshot } from '#client/agent/snapshots';
import type { Study } from '#client/agent/study';
import { StudyRounds } from '#client/agent/study-rounds';
import { nodeCrypto } from '#shared/crypto/node';
import { parsePlan, planHash } from '#shared/governance/plan';
import { rosterHash } from '#shared/governance/roster';
import { toSumParameters } from '#shared/governance/sum-parameters';
import { initialModel } from '#shared/model/apply';
import type { Model } from '#shared/model/apply';
import { modelHash } from '#shared/model/model-hash';
import { cipherOf } from '#shared/secagg/cipher/cipher-of';
import { sealDataKey } from '#shared/secagg/keys/box';
import { makerOrder } from '#shared/secagg/keys/epoch';
import { makeKeyRecord, signSnapshot } from '#shared/secagg/keys/record';
import { snapshotChunkCount } from '#shared/secagg/keys/snapshot';
import { openRound } from '#shared/secagg/round-opened';
import { signSiteMessage } from '#shared/secagg/site/message';
import type { AggregatePublished, RoundClosed } from '#shared/secagg/types';
import { toHex } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import { Secret } from '#shared/util/secret';
import type { ClosedRound, FromSite } from '#shared/wire/types';
import { foldBytes } from '../../../support/folding.ts';
import { keyStudyOf, siteStudyOf } from '../../../support/key-federation.ts';
import { bytesOf, siteId } from '../../../support/secrets.ts';
import { identitySeed } from '../../../support/study.ts';

const [north, south, west] = ['north', 'south', 'west'].map(siteId) as [SiteId, SiteId, SiteId]; // three
const sites = [north, south, west];
/** An epoch for every round. */
const plan = parsePlan(`
name: study
rounds: 3
method: { name: clip }
program: { fingerprint: '${'ab'.repeat(32)}', initialModelHash: '${'cd'.repeat(32)}' }
model: [{ name: weight, shape: [2] }]
sum: { maxSites: 3, encryption: stream, keyEpochRounds: 1, segments: [{ name: delta, range: 1, bits: 8 }] }
`);
const parameters = toSumParameters(plan);
const ofRoster = keyStudyOf(sites);
const roster = {
  consortium: 'Test',
  coordinatorKey: nodeCrypto.ed25519PublicKey(identitySeed('coordinator')),
  sites: [...ofRoster.sites].map(([site, keys]) => ({ site, ...keys, tlsKeyHash: bytesOf(`TLS key of ${site}`) })),
  approvalQuorum: 2,
  membershipQuorum: 2,
};
const hashes = { planHash: planHash(nodeCrypto, plan), rosterHash: rosterHash(nodeCrypto, roster) };
const study: Study = { plan, ...hashes, planId: toHex(hashes.planHash), roster, words: [], approvals: [] };
const keyStudy = keyStudyOf(sites, { ...hashes, rounds: 3, keyEpochRounds: 1 });
const beginning = initialModel({ name: 'fedAvg', serverLearningRate: 1 }, Float32Array.of(1, 2));

function keyOf(epoch: number): Uint8Array {
  return bytesOf(`key of epoch ${String(epoch)}`);
}

/** The record of an epoch, and the box for the north. */
function keyMessages(epoch: number) {
  const order = makerOrder(nodeCrypto, keyStudy, epoch);
  const place = order[0] === north ? 1 : 0;
  const maker = siteStudyOf(keyStudy, order[place]!);
  const record = makeKeyRecord(nodeCrypto, maker, { epoch, place, bytes: keyOf(epoch) });
  return { record, box: sealDataKey(nodeCrypto, maker, record, north, keyOf(epoch))! }; // rostered
}

interface Ended extends ClosedRound {
  readonly bytes: Uint8Array;
  readonly model: Model;
}

/** A round of three sites that was accepted, folded into `before`. */
function accepted(round: number, before: Model): Ended {
  const context = bytesOf(`ctx of round ${String(round)}`);
  const dataKey = keyOf(round);
  const cipher = cipherOf({ crypto: nodeCrypto, parameters, bgv: null });
  const sum = cipher.sum(parameters.wordCount);
  for (const site of sites) {
    const encryptor = cipher.encryptor({ dataKey, context, site });
    sum.addInto(encryptor.encrypt(new Uint32Array(parameters.wordCount).fill(7)));
  }
  const bytes = sum.bytes();
  const published: AggregatePublished = {
    ...{ kind: 'aggregatePublished', round, attempt: 0, u3: sites },
    ...{ aggregateHash: nodeCrypto.sha256(bytes), byteLength: bytes.length },
  };
  const { model } = foldBytes(plan, before, published, bytes, { context, dataKey });
  const signed = modelHash(nodeCrypto, model);
  const signatures = [south, west].map((site) =>
    signSiteMessage(nodeCrypto, identitySeed(site), context, { kind: 'modelSignature', site, modelHash: signed }),
  );
  const closed: RoundClosed = {
    ...{ kind: 'roundClosed', round, outcome: 'accepted', culprits: [] },
    ...{ modelHash: signed, signatures },
  };
  return { published, closed, bytes, model };
}

const first = accepted(1, beginning);
const second = accepted(2, first.model);

describe('the rounds of a study with encryption', () => {
  let dir: string;
  let models: ModelStore;
  let said: FromSite[];
  let told: Progress[];
  let made: MadeSnapshot[];
  let chunks: readonly Uint8Array[];
  let fetches: number;
  let keys: DataKeys;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'rounds-'));
    models = new ModelStore(dir, study.planId, nodeCrypto);
    models.begin(beginning);
    said = [];
    told = [];
    made = [];
    chunks = [];
    fetches = 0;
    keys = new DataKeys(siteStudyOf(keyStudy, north), new KeyFiles(dir, study.planId), {
      crypto: nodeCrypto,
      newKey: async () => Promise.resolve(new Secret(keyOf(1))),
      send: (message) => said.push(message),
      gained: () => undefined,
      refused: () => undefined,
      failed: (error: unknown) => {
        throw error;
      },
    });
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  function started(missed: readonly Ended[]): StudyRounds {
    return new StudyRounds({
      ...{ dir, study, site: north, identitySeed: identitySeed(north), crypto: nodeCrypto, models, keys },
      ...{ seed: 1, noMasks: false },
      tell: (line) => told.push(line),
      train: async () => Promise.reject(new Error('not trained here')),
      evaluated: () => undefined,
      send: (message) => said.push(message),
      uploadChunks: () => undefined,
      fetchAggregate: async ({ round }, path) =>
        writeFile(path, missed.find(({ closed }) => closed.round === round)!.bytes),
      uploadSnapshot: (snapshot) => made.push(snapshot),
      fetchSnapshot: async () => {
        fetches += 1;
        return Promise.resolve(chunks);
      },
      getRounds: async (from) => Promise.resolve(missed.filter(({ closed }) => closed.round >= from)),
      finished: () => undefined,
      failed: (error: unknown) => {
        throw error;
      },
    });
  }

  /** What the site said last of what it has: the round of its model, and the epochs of its keys. */
  function holding(): readonly [number, readonly number[]] | undefined {
    const last = said.flatMap((message) => (message.kind === 'holding' ? [message] : [])).at(-1);
    return last && [last.modelRound, last.keys.map(({ epoch }) => epoch)];
  }

  async function give(rounds: StudyRounds, epoch: number): Promise<void> {
    const { record, box } = keyMessages(epoch);
    await rounds.receive(record);
    await rounds.receive(box);
    await rounds.keyGained();
  }

  /** The model after the first round, from the south. */
  function snapshot(of: Model = first.model): MadeSnapshot {
    const wanted = { kind: 'snapshotWanted', planHash: hashes.planHash, epoch: 2, recipient: north } as const;
    const stored = { round: 1, model: of, hash: modelHash(nodeCrypto, of) };
    return makeSnapshot(nodeCrypto, siteStudyOf(keyStudy, south), wanted, stored)!; // another site of the roster
  }

  function chunksOf({ record, chunk }: MadeSnapshot): readonly Uint8Array[] {
    return Array.from({ length: snapshotChunkCount(record.byteLength) }, (_, index) => chunk(index));
  }

  it('wait for the key of what was missed, then fold it, and destroy the key', async () => {
    const rounds = started([first]);
    await rounds.connected();
    assert.deepEqual(holding(), [0, []]);
    await give(rounds, 1);
    assert.deepEqual(models.current()?.hash, modelHash(nodeCrypto, first.model));
    assert.deepEqual(holding(), [1, []]);
    assert.equal(keys.ofRound(1), null);
  });

  it('go on from the model of another site when the key of an epoch that is over is not here', async () => {
    const rounds = started([first, second]);
    await rounds.connected();
    await give(rounds, 2);
    assert.deepEqual(holding(), [0, [2]], 'the second round cannot be folded without the first');
    chunks = chunksOf(snapshot());
    await rounds.receive(snapshot().record);
    assert.deepEqual(models.current()?.hash, modelHash(nodeCrypto, second.model));
    assert(told.some((line) => line.kind === 'snapshot' && line.from === south));
    assert.deepEqual(holding(), [2, []]);
  });

  it('refuse a model that the sites have not signed, by the name of who sent it, and keep their own', async () => {
    const rounds = started([first, second]);
    await rounds.connected();
    await give(rounds, 2);
    const forged = snapshot(second.model);
    chunks = chunksOf(forged);
    await rounds.receive(forged.record);
    const refusal = said.find(({ kind }) => kind === 'keyRefusal');
    assert(refusal?.kind === 'keyRefusal');
    assert.deepEqual([refusal.code, refusal.sealer], ['badSnapshot', south]);
    assert.equal(models.current()?.round, 0);
  });

  it('ask for no chunk of a snapshot that its maker has not signed, or that is longer than any model of the plan', async () => {
    const rounds = started([first, second]);
    await rounds.connected();
    await give(rounds, 2);
    const { record } = snapshot();
    const long = signSnapshot(nodeCrypto, identitySeed(south), { ...record, byteLength: 2 ** 40 });
    for (const lie of [long, { ...record, round: 2 }]) await rounds.receive(lie);
    assert.equal(fetches, 0);
    assert.equal(said.filter(({ kind }) => kind === 'keyRefusal').length, 2);
  });

  it('give their own model to a site that needs it', async () => {
    const rounds = started([first]);
    await rounds.connected();
    await give(rounds, 1);
    const wanted = { kind: 'snapshotWanted', planHash: hashes.planHash, epoch: 2, recipient: west } as const;
    await rounds.receive({ ...wanted, planHash: bytesOf('another plan') });
    await rounds.receive(wanted);
    assert.deepEqual(
      made.map(({ record: { maker, recipient, round } }) => [maker, recipient, round]),
      [[north, west, 1]],
    );
  });

  it('refuse a round under another key than theirs, and one whose key they have not', async () => {
    const rounds = started([]);
    await rounds.connected();
    const open = async (keyHash: Uint8Array | null) => {
      const binding = { ...hashes, keyHash, round: 1, cohort: sites, modelHash: modelHash(nodeCrypto, beginning) };
      const identities = new Map(roster.sites.map(({ site, identityKey }) => [site, identityKey]));
      const config = { parameters, binding, identities, identitySeed: identitySeed('coordinator'), maxAttempts: 1 };
      await rounds.receive(openRound(config, nodeCrypto));
      const last = said.at(-1);
      return last?.kind === 'refusal' ? last.code : undefined;
    };
    assert.equal(await open(nodeCrypto.sha256(keyOf(1))), 'keyMismatch');
    await give(rounds, 1);
    assert.equal(await open(nodeCrypto.sha256(keyOf(2))), 'keyMismatch');
    assert.equal(await open(null), 'keyMismatch');
  });

  it('sit out a round that was begun with a key that is gone, and say so', async () => {
    const keyHash = nodeCrypto.sha256(keyOf(1));
    const binding = { ...hashes, keyHash, round: 1, cohort: sites, modelHash: modelHash(nodeCrypto, beginning) };
    const identities = new Map(roster.sites.map(({ site, identityKey }) => [site, identityKey]));
    const config = { parameters, binding, identities, identitySeed: identitySeed('coordinator'), maxAttempts: 1 };
    const opened = openRound(config, nodeCrypto);
    const folder = join(dir, 'rounds', study.planId, '1');
    makePrivateFolder(folder);
    RoundFiles.begin(folder, opened);
    const rounds = started([]);
    await rounds.connected();
    const refusals = () => said.flatMap((message) => (message.kind === 'refusal' ? [message.code] : []));
    assert.deepEqual(refusals(), ['keyMismatch']);
    await give(rounds, 1);
    await rounds.receive(opened);
    assert.deepEqual(refusals(), ['keyMismatch'], 'the round is over for this site');
    assert.equal(RoundFiles.closed(folder)?.outcome, 'cancelled');
  });
});
