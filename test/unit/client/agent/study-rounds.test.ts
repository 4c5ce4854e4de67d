import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelStore } from '#client/agent/model-store';
import { RoundFiles } from '#client/agent/round-files';
import type { Study } from '#client/agent/study';
import { StudyRounds } from '#client/agent/study-rounds';
import { makePrivateFolder } from '#client/agent/disk';
import { nodeCrypto } from '#shared/crypto/node';
import { parsePlan, planHash } from '#shared/governance/plan';
import { rosterHash } from '#shared/governance/roster';
import type { Roster } from '#shared/governance/types';
import { initialModel } from '#shared/model/apply';
import type { Model } from '#shared/model/apply';
import { modelHash } from '#shared/model/model-hash';
import { openRound } from '#shared/secagg/round-opened';
import { signSiteMessage } from '#shared/secagg/site/message';
import type { AggregatePublished, RoundClosed, RoundOpened } from '#shared/secagg/types';
import { toHex } from '#shared/util/bytes';
import type { SiteId } from '#shared/util/ids';
import type { ClosedRound, FromSite } from '#shared/wire/types';
import { foldBytes } from '../../../support/folding.ts';
import { bytesOf, siteId } from '../../../support/secrets.ts';
import { identitySeed } from '../../../support/study.ts';

const [north, south, west] = ['north', 'south', 'west'].map(siteId) as [SiteId, SiteId, SiteId];
const sites = [north, south, west];
const rounds = 300;
const plan = parsePlan(`
name: study
rounds: ${rounds}
method: { name: clip }
program: { fingerprint: '${'ab'.repeat(32)}', initialModelHash: '${'cd'.repeat(32)}' }
model: [{ name: weight, shape: [2] }]
sum: { maxSites: 3, segments: [{ name: delta, range: 1, bits: 8 }] }
`);
const roster: Roster = {
  consortium: 'Test',
  coordinatorKey: nodeCrypto.ed25519PublicKey(identitySeed('coordinator')),
  sites: sites.map((site) => ({
    site,
    identityKey: nodeCrypto.ed25519PublicKey(identitySeed(site)),
    sealingKey: bytesOf(`sealing key of ${site}`),
    tlsKeyHash: bytesOf(`TLS key of ${site}`),
  })),
  approvalQuorum: 2,
  membershipQuorum: 2,
};
const hash = planHash(nodeCrypto, plan);
const study: Study = {
  plan,
  planHash: hash,
  planId: toHex(hash),
  roster,
  rosterHash: rosterHash(nodeCrypto, roster),
  words: [],
  approvals: [],
};
const beginning = initialModel({ name: 'fedAvg', serverLearningRate: 1 }, Float32Array.of(1, 2));

/** The sum of three sites. */
const aggregate = new Uint8Array(Uint32Array.of(600, 300).buffer);

function published(round: number): AggregatePublished {
  const { length: byteLength } = aggregate;
  const aggregateHash = nodeCrypto.sha256(aggregate);
  return { kind: 'aggregatePublished', round, attempt: 0, u3: sites, byteLength, aggregateHash };
}

function folded(model: Model, round: number): Model {
  return foldBytes(plan, model, published(round), aggregate).model;
}

/** The end of a round, its model signed by these sites with the keys of `owners`. */
function closedWith(round: number, model: Model, signers: readonly SiteId[], owners: readonly string[] = signers) {
  const signed = modelHash(nodeCrypto, model);
  const signatures = signers.map((site, i) =>
    signSiteMessage(nodeCrypto, identitySeed(owners[i] ?? ''), bytesOf(`ctx of round ${round}`), {
      kind: 'modelSignature',
      site,
      modelHash: signed,
    }),
  );
  const closed: RoundClosed = {
    kind: 'roundClosed',
    round,
    outcome: 'accepted',
    culprits: [],
    signatures,
    modelHash: signed,
  };
  return { published: published(round), closed };
}

function failed(round: number, model: Model): ClosedRound {
  const { closed } = closedWith(round, model, []);
  return { published: null, closed: { ...closed, outcome: 'belowQuorum' } };
}

describe('the rounds of a study', () => {
  let dir: string;
  let models: ModelStore;
  let sent: FromSite[];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'rounds-'));
    models = new ModelStore(dir, study.planId, nodeCrypto);
    models.begin(beginning);
    sent = [];
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  /** A site that has missed these rounds; the coordinator answers with a hundred at most. */
  function away(missed: readonly ClosedRound[]): StudyRounds {
    return new StudyRounds({
      dir,
      study,
      site: north,
      identitySeed: identitySeed(north),
      crypto: nodeCrypto,
      models,
      keys: null,
      seed: 1,
      noMasks: false,
      tell: () => undefined,
      train: async () => Promise.reject(new Error('not trained here')),
      evaluated: () => undefined,
      send: (message) => {
        sent.push(message);
      },
      uploadChunks: () => undefined,
      fetchAggregate: async (_, path) => writeFile(path, aggregate),
      uploadSnapshot: () => undefined,
      fetchSnapshot: async () => Promise.resolve([]),
      getRounds: async (first) => Promise.resolve(missed.filter(({ closed }) => closed.round >= first).slice(0, 100)),
      finished: () => undefined,
      failed: () => undefined,
    });
  }

  it('go on from a model that was missed when enough sites have signed it', async () => {
    const model = folded(beginning, 1);
    await away([closedWith(1, model, [south, west])]).connected();
    assert.deepEqual(models.current()?.hash, modelHash(nodeCrypto, model));
  });

  it('never go on from a missed model that too few sites have signed, or others for them', async () => {
    const model = folded(beginning, 1);
    const forgeries = [
      closedWith(1, model, []),
      closedWith(1, model, [south]),
      closedWith(1, model, [south, south]),
      closedWith(1, model, [south, west], [south, 'coordinator']),
      closedWith(1, model, [south, siteId('stranger')]),
      { ...closedWith(1, model, [south, west]), published: published(2) },
      { ...closedWith(1, model, [south, west]), published: { ...published(1), byteLength: 2 ** 50 } },
    ];
    for (const forged of forgeries) await assert.rejects(away([forged]).connected(), { code: 'badSignature' });
    assert.equal(models.current()?.round, 0);
  });

  it('keep the model when the others signed another than this site comes to, and try again at the next start', async () => {
    const other = closedWith(1, folded(folded(beginning, 1), 1), [south, west]);
    await assert.rejects(away([other]).connected(), { code: 'modelMismatch' });
    assert.deepEqual(models.current()?.hash, modelHash(nodeCrypto, beginning));
  });

  it('start again after a closed round whose model this site has not got, and fold it anew', async () => {
    const model = folded(beginning, 1);
    const ended = closedWith(1, model, [south, west]);
    const folder = join(dir, 'rounds', study.planId, '1');
    makePrivateFolder(folder);
    RoundFiles.begin(folder, opening(1, beginning)).close(ended.closed);
    await away([ended]).connected();
    assert.deepEqual(models.current()?.hash, modelHash(nodeCrypto, model));
  });

  it('are caught up with beyond what one answer holds, also when most of them failed', async () => {
    const missed = Array.from({ length: 250 }, (_, i) => failed(i + 1, beginning));
    const model = folded(beginning, 251);
    await away([...missed, closedWith(251, model, [south, west])]).connected();
    assert.equal(models.current()?.round, 251);
  });

  it('are caught up with when one that this site was not asked to closes', async () => {
    const model = folded(beginning, 1);
    const ended = closedWith(1, model, [south, west]);
    const missed: ClosedRound[] = [];
    const site = away(missed);
    await site.connected();
    missed.push(ended);
    await site.receive(ended.closed);
    assert.deepEqual(models.current()?.hash, modelHash(nodeCrypto, model));
  });

  it('are not more than the plan says', async () => {
    await assert.rejects(away([]).receive(opening(rounds + 1, beginning)), { code: 'planNotApproved' });
    assert.deepEqual(sent, [{ kind: 'refusal', site: north, round: rounds + 1, code: 'planNotApproved' }]);
  });

  function opening(round: number, model: Model): RoundOpened {
    const { planHash: ofPlan, rosterHash: ofRoster } = study;
    const current = modelHash(nodeCrypto, model);
    const binding = { planHash: ofPlan, rosterHash: ofRoster, keyHash: null, round, cohort: sites, modelHash: current };
    const identities = new Map(roster.sites.map(({ site, identityKey }) => [site, identityKey]));
    const seed = identitySeed('coordinator');
    const parameters = {
      maxSites: 3,
      colluders: 0,
      threshold: 2,
      quorum: 3,
      dropouts: 0,
      modulusBits: 10,
      encryption: 'none' as const,
      wordCount: 2,
      chunkBytes: 10,
    };
    return openRound({ parameters, binding, identities, identitySeed: seed, maxAttempts: 1 }, nodeCrypto);
  }
});
