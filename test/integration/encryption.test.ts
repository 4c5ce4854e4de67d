import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto } from '#shared/crypto/node';
import { makerOrder } from '#shared/secagg/keys/epoch';
import { fromHex } from '#shared/util/bytes';
import { siteFolder } from '../../scripts/start/federation.ts';
import { run } from '../../scripts/start/programs.ts';
import type { ServeLine } from '../support/coordinator-process.ts';
import { siteId } from '../support/secrets.ts';
import { found, siteNames, WholeFederation } from '../support/whole-federation.ts';
import type { SiteName } from '../support/whole-federation.ts';

/** A line of the coordinator, as far as it has these values. */
function says(values: Readonly<Record<string, unknown>>): (line: ServeLine) => boolean {
  return (line) => Object.entries(values).every(([name, value]) => line[name] === value);
}

/** The sites in the order in which they may make the key of an epoch, as everybody computes it. */
async function makers(federation: WholeFederation, epoch: number): Promise<readonly SiteName[]> {
  const dir = siteFolder(federation, 'north');
  const shown = await run('consilium-site', ['plan', 'review', '--dir', dir, '--json', '-']);
  const { roster } = JSON.parse(shown) as { readonly roster: { readonly hash: string } };
  const keys = { identityKey: new Uint8Array(32), sealingKey: new Uint8Array(32) };
  const sites = new Map(siteNames.map((name) => [siteId(name), keys]));
  return makerOrder(
    nodeCrypto,
    { rosterHash: fromHex(roster.hash)!, sites },
    epoch,
  ) as readonly string[] as readonly SiteName[]; // those of the map
}

/** The epochs whose keys were made, in that order. */
function epochsOf({ coordinator }: WholeFederation): readonly unknown[] {
  return coordinator.lines.filter(says({ kind: 'keyMade' })).map(({ epoch }) => epoch);
}

/** Every key is destroyed when its epoch is folded; what stays is its record. */
async function assertKeysAreGone(federation: WholeFederation): Promise<void> {
  for (const site of siteNames) {
    const folder = join(siteFolder(federation, site), 'data-keys');
    const [plan = ''] = await readdir(folder);
    const kept = await readdir(join(folder, plan));
    assert.deepEqual(
      kept.filter((name) => !name.endsWith('.record')),
      [],
    );
  }
}

describe('a federation of processes whose sums are encrypted', function () {
  this.timeout(300_000);
  let parent: string;
  let running: WholeFederation | undefined;
  before(async () => {
    parent = await mkdtemp(join(tmpdir(), 'encryption-'));
  });
  afterEach(async () => {
    await running?.stop();
  });
  after(async () => {
    await rm(parent, { recursive: true });
  });

  /** A federation with epochs of two rounds. */
  async function started(
    name: string,
    encryption: string,
    rounds: number,
    sites: readonly SiteName[] = siteNames,
  ): Promise<WholeFederation> {
    const folder = join(parent, name);
    const draft = ['--encryption', encryption, '--key-epoch-rounds', '2', '--phase-ms', '15000'];
    await found(folder, rounds, draft);
    running = await WholeFederation.start(folder, { sites });
    return running;
  }

  it('has its key made by the next site when the first is away, and loses nothing when a maker is killed', async () => {
    const federation = await started('makers', 'stream', 4, []);
    const [first, second] = (await makers(federation, 1)) as readonly [SiteName, SiteName];
    for (const site of siteNames) if (site !== first) federation.startSite(site);
    await federation.coordinator.line(says({ kind: 'keyMade', epoch: 1, maker: second }));
    federation.startSite(first);
    const next = await federation.coordinator.line(says({ kind: 'keyMade', epoch: 2 }));
    const maker = next['maker'] as SiteName; // of the roster
    await federation.site(maker).kill();
    federation.startSite(maker);
    const models = await federation.finish();
    assert.equal(new Set(models).size, 1);
    assert.deepEqual(epochsOf(federation), [1, 2]);
    await assertKeysAreGone(federation);
  });

  it('gives a site that has lost its model and its keys the model of another, and it goes on from there', async () => {
    const federation = await started('lost', 'bgv', 7);
    await federation.coordinator.line(says({ kind: 'roundClosed', round: 4 }));
    await federation.site('south').kill();
    for (const lost of ['models', 'data-keys']) {
      await rm(join(siteFolder(federation, 'south'), lost), { recursive: true });
    }
    federation.startSite('south');
    const models = await federation.finish();
    assert.equal(new Set(models).size, 1);
    const given = federation.site('south').lines.find(({ kind }) => kind === 'snapshot');
    assert(given, 'the model came from another site');
    const outcomes = (await federation.rounds()).map(({ outcome }) => outcome);
    assert.deepEqual(outcomes.slice(0, 4), ['accepted', 'accepted', 'accepted', 'accepted']);
    assert.equal(outcomes[6], 'accepted');
    assert.deepEqual(epochsOf(federation), [1, 2, 3, 4]);
    await assertKeysAreGone(federation);
  });
});
