import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerTo, approvalOf, approve, approvedPlan, refuse } from '#client/agent/approvals';
import { jitteredMs } from '#client/agent/backoff';
import { lockFolder } from '#client/agent/folder-lock';
import { createKeys } from '#client/agent/key-store';
import type { SiteKeys } from '#client/agent/key-store';
import { roundingSeed, runSeed } from '#client/agent/run-seed';
import type { SiteConfig } from '#client/agent/site-config';
import { checkStudy } from '#client/agent/study';
import { nodeCrypto } from '#shared/crypto/node';
import { signApproval, verifyApproval } from '#shared/governance/approval';
import { parsePlan, planBytes } from '#shared/governance/plan';
import { rosterBytes } from '#shared/governance/roster';
import type { Roster, RosterSite } from '#shared/governance/types';
import { toHex } from '#shared/util/bytes';
import { selfSignedCertificate } from '../../../support/self-signed.ts';
import { siteId } from '../../../support/secrets.ts';

const plan = parsePlan(`
name: study
rounds: 2
method: { name: clip }
program: { fingerprint: '${'ab'.repeat(32)}', initialModelHash: '${'cd'.repeat(32)}' }
model: [{ name: weight, shape: [4] }]
sum: { maxSites: 3, segments: [{ name: delta, range: 0.05, bits: 16 }] }
`);
const site = siteId('north');

function key(fill: number): Uint8Array {
  return new Uint8Array(32).fill(fill);
}
function stranger(name: string, at: number): RosterSite {
  return { site: siteId(name), identityKey: key(at), sealingKey: key(at + 1), tlsKeyHash: key(at + 2) };
}

describe('a study', () => {
  let dir: string;
  let keys: SiteKeys;
  let config: SiteConfig;
  let roster: Roster;
  let certificatePem: string;

  before(async () => {
    certificatePem = await selfSignedCertificate(site);
  });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'study-'));
    keys = createKeys(dir, nodeCrypto, 'PEM');
    config = {
      site,
      consortium: 'Test',
      host: 'localhost',
      port: 1,
      coordinatorKey: key(99),
      certificatePem,
      caCertificatePem: '',
    };
    const spki = new X509Certificate(certificatePem).publicKey.export({ type: 'spki', format: 'der' });
    const tlsKeyHash = new Uint8Array(createHash('sha256').update(spki).digest());
    const own = { site, identityKey: keys.identityKey, sealingKey: keys.sealingKey, tlsKeyHash };
    roster = {
      consortium: 'Test',
      coordinatorKey: key(99),
      sites: [own, stranger('south', 10), stranger('west', 20)],
      approvalQuorum: 2,
      membershipQuorum: 2,
    };
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  const checked = (of: Roster = roster): ReturnType<typeof checkStudy> =>
    checkStudy({ plan: planBytes(plan), roster: rosterBytes(of), approvals: [] }, config, keys, nodeCrypto);

  it('is taken with a roster that holds the keys of this site', () => {
    assert.equal(checked().planId, toHex(nodeCrypto.sha256(planBytes(plan))));
    assert.equal(checked().words.length, 12);
  });

  it('is refused when any key of this site is another in the roster, or the site is missing', () => {
    for (const field of ['identityKey', 'sealingKey', 'tlsKeyHash'] as const) {
      const sites = roster.sites.map((entry) => (entry.site === site ? { ...entry, [field]: key(77) } : entry));
      assert.throws(() => checked({ ...roster, sites }), { code: 'notRostered' }, field);
    }
    const without = [stranger('east', 30), ...roster.sites.slice(1)];
    assert.throws(() => checked({ ...roster, sites: without }), { code: 'notRostered' });
  });

  it('is refused when the roster names another coordinator than the one that enrolled this site', () => {
    assert.throws(() => checked({ ...roster, coordinatorKey: key(98) }), { code: 'badSignature' });
  });

  it('is refused when the roster is too small for the plan', () => {
    assert.throws(() => checked({ ...roster, sites: roster.sites.slice(0, 2) }), { code: 'badPlan' });
  });

  it('shows as approvals only what its sites have signed, over this plan and this roster', () => {
    const seed = key(5);
    const south = { ...stranger('south', 10), identityKey: nodeCrypto.ed25519PublicKey(seed) };
    const of = { ...roster, sites: [roster.sites[0]!, south, stranger('west', 20)] };
    const planHash = nodeCrypto.sha256(planBytes(plan));
    const rosterHash = nodeCrypto.sha256(rosterBytes(of));
    const given = signApproval(nodeCrypto, seed, { site: siteId('south'), planHash, rosterHash });
    const approvals = [
      given,
      { ...given, site: siteId('west') },
      signApproval(nodeCrypto, seed, { site: siteId('east'), planHash, rosterHash }),
      signApproval(nodeCrypto, seed, { site: siteId('south'), planHash, rosterHash: key(1) }),
      signApproval(nodeCrypto, seed, { site: siteId('south'), planHash: key(1), rosterHash }),
    ];
    const current = { plan: planBytes(plan), roster: rosterBytes(of), approvals };
    assert.deepEqual(checkStudy(current, config, keys, nodeCrypto).approvals, [given]);
  });

  it('is approved for exactly its plan and roster, with a signature that others can check', () => {
    const study = checked();
    assert.throws(() => approvalOf(dir, study, site), { code: 'planNotApproved' });
    const approval = approve(dir, study, site, keys, nodeCrypto);
    assert(verifyApproval(nodeCrypto, keys.identityKey, approval));
    assert.deepEqual(approvalOf(dir, study, site), { ...approval, signature: new Uint8Array(approval.signature) });
    assert.deepEqual(approvedPlan(dir, study.planId.slice(0, 8)).plan, plan);
    const other = checked({ ...roster, sites: [...roster.sites, stranger('east', 30)] });
    assert.throws(() => approvalOf(dir, other, site), { code: 'planNotApproved', message: /another roster/ });
  });

  it('stays refused after a no, and the reason stays here', () => {
    const study = checked();
    refuse(dir, study, 'no ethics vote yet');
    assert.equal(answerTo(dir, study), 'refused');
    assert.throws(() => approvalOf(dir, study, site), { code: 'planNotApproved' });
    assert(readFileSync(join(dir, 'approvals', `${study.planId}.json`), 'utf8').includes('no ethics vote yet'));
  });

  it('has one agent in one folder, and a dead one holds nothing', () => {
    const unlock = lockFolder(dir);
    assert.throws(() => lockFolder(dir), { code: 'badArgument', message: /already runs/ });
    unlock();
    const dead = spawnSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).stdout.trim();
    writeFileSync(join(dir, 'run.lock'), `${dead} 1`);
    lockFolder(dir)();
    writeFileSync(join(dir, 'run.lock'), `${process.pid} 1`); // the number of another process before a restart
    lockFolder(dir)();
  });

  it('draws a seed once and keeps it; rounding differs by round and site', () => {
    const seed = runSeed(dir, undefined);
    assert.equal(runSeed(dir, undefined), seed);
    assert.equal(runSeed(dir, 5), 5);
    const of = { planHash: key(1), round: 1, site };
    const seeds = [of, { ...of, round: 2 }, { ...of, site: siteId('south') }].map((use) =>
      toHex(roundingSeed(nodeCrypto, 1, use)),
    );
    assert.equal(new Set(seeds).size, 3);
  });
});

describe('jitteredMs', () => {
  it('doubles the longest wait up to ten seconds and draws from the whole of it', () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((attempt) => jitteredMs(attempt, 1)),
      [200, 400, 800, 1600],
    );
    assert.equal(jitteredMs(1000, 1), 10_000);
    assert.equal(jitteredMs(5, 0), 0);
  });
});
