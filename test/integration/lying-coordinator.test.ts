import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { folderPaths } from '#coordinator/identity/folder';
import type { SiteState } from '#shared/secagg/types';
import { siteFolder } from '../../scripts/start/federation.ts';
import { lyingAs } from '../support/lying/lie.ts';
import { found, siteNames, WholeFederation } from '../support/whole-federation.ts';
import type { SiteName } from '../support/whole-federation.ts';

/** What every hospital must come to. */
interface Expected {
  readonly lie: Parameters<typeof lyingAs>[0];
  /** Of each refusal of one hospital, in order. */
  readonly codes: readonly string[];
  /** The last phase of each hospital; it comes no further. */
  readonly phase: SiteState['phase'] | undefined;
  /** The kind of message that is kept. */
  readonly evidence: string;
}

describe('a coordinator process that lies to three hospitals', function () {
  this.timeout(240_000);
  let parent: string;
  let founded: string;
  let running: WholeFederation | undefined;

  before(async () => {
    parent = await mkdtemp(join(tmpdir(), 'lying-'));
    founded = join(parent, 'founded');
    await found(founded, 1);
  });
  afterEach(async () => {
    await running?.stop();
  });
  after(async () => {
    await rm(parent, { recursive: true });
  });

  /** Runs until every hospital has refused, and looks at what there is then. */
  async function expectRefused({ lie, codes, phase, evidence }: Expected): Promise<void> {
    running = await WholeFederation.start(founded, { coordinator: lyingAs(lie) });
    for (const name of siteNames) {
      const agent = running.site(name);
      await agent.line(() => agent.lines.filter(({ kind }) => kind === 'refused').length === codes.length);
    }
    const { dir } = running.coordinator;
    await running.coordinator.kill(); // it holds its database alone
    assert.deepEqual(
      heard(dir).filter((kind) => kind === 'unmaskAnswer' || kind === 'modelSignature'),
      [],
    );
    assert.deepEqual(await readdir(folderPaths(dir).aggregates).catch(() => []), [], 'nothing is unmasked');
    for (const name of siteNames) await expectUnmoved(running, name, { lie, codes, phase, evidence });
  }

  async function expectUnmoved(federation: WholeFederation, name: SiteName, expected: Expected): Promise<void> {
    const agent = federation.site(name);
    const refusals = agent.lines.filter((said) => said.kind === 'refused');
    assert.deepEqual(
      refusals.map(({ round, code }) => [round, code]),
      expected.codes.map((code) => [1, code]),
    );
    assert.equal(agent.lines.filter((said) => said.kind === 'phase').at(-1)?.phase, expected.phase);
    await agent.kill();
    const { stderr } = await agent.ended;
    const kept = (await keptBy(federation, name)).filter((line) => line.includes(`"${expected.evidence}"`));
    assert.equal(kept.length, expected.codes.length, 'the evidence is kept');
    if (expected.phase === undefined) return; // which of the two has the wrong model this site cannot tell alone
    assert(refusals.every(({ culprits }) => culprits.length === 1 && culprits[0] === 'coordinator'));
    const lines = stderr.split('\n').filter((line) => line.includes('REFUSED what the coordinator sent'));
    assert.deepEqual(
      lines.map((line) => /^round 1: .*Nothing was revealed.*\[(\w+)\]$/.exec(line)?.[1]),
      expected.codes,
      stderr,
    );
  }

  it('is refused by every hospital when it lists every site both alive and dead in phase 4, and opens nothing', async () => {
    const codes = ['alreadyConfirmed', 'alreadyConfirmed'];
    await expectRefused({ lie: 'alive-and-dead', codes, phase: 'confirmed', evidence: 'unmaskRequest' });
  });

  it('is refused by every hospital when it swaps a public key in phase 0, and gets no share', async () => {
    await expectRefused({
      lie: 'swapped-key',
      codes: ['badSignature'],
      phase: 'advertised',
      evidence: 'advertisements',
    });
    assert(!heard(running!.coordinator.dir).includes('keyShares'));
  });

  it('is refused by every hospital when it shows each another model, and gets no key', async () => {
    await expectRefused({ lie: 'two-models', codes: ['modelMismatch'], phase: undefined, evidence: 'roundOpened' });
    assert(!heard(running!.coordinator.dir).includes('advertisement'));
  });
});

/** The kinds of messages in the coordinator's journal. */
function heard(dir: string): readonly string[] {
  const db = new DatabaseSync(folderPaths(dir).database);
  try {
    const events = db.prepare("SELECT event FROM event WHERE json_extract(event, '$.kind') = 'received'").all();
    return events.map(({ event }) => (JSON.parse(String(event)) as { message: { kind: string } }).message.kind);
  } finally {
    db.close();
  }
}

/** The lines of its journals, and the openings that it refused. */
async function keptBy(federation: WholeFederation, name: SiteName): Promise<readonly string[]> {
  const dir = siteFolder(federation, name);
  const names = await readdir(dir, { recursive: true });
  const texts = names
    .filter((path) => /\/(journal|refused-\d+\.json)$/.test(path))
    .map((path) => readFile(join(dir, path), 'utf8'));
  return (await Promise.all(texts)).flatMap((text) => text.split('\n'));
}
