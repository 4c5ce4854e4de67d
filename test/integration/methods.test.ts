import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelStore } from '#client/agent/model-store';
import type { Progress } from '#client/agent/progress';
import { phantomNamed } from '#client/data/phantom/phantoms';
import { figureAt } from '#client/evaluate/figures';
import { nodeCrypto } from '#shared/crypto/node';
import { parsePlan } from '#shared/governance/plan';
import { rowPlaces } from '#shared/governance/segments';
import { siteFolder } from '../../scripts/start/federation.ts';
import { found, siteNames, tinyConfig, type TinyStudy, WholeFederation } from '../support/whole-federation.ts';

const rounds = 3;
const radiograph = phantomNamed('radiograph');

/** Decoders that stay at their site. */
const mcr: TinyStudy = {
  method: 'mcr',
  config: {
    ...tinyConfig,
    text: { ...tinyConfig.text, vocabulary: 'phantom-1' },
    mcr: { decoder: { dim: 8, heads: 2 } },
  },
  phantom: radiograph,
  testPairs: 6,
};

const severity = phantomNamed('severity');

/** A prototype that counts by healthy patients. All images are graded, for a site has a dozen of them. */
const semise: TinyStudy = {
  method: 'semise',
  config: {
    ...tinyConfig,
    image: { size: 16, encoder: 'resnet', resnet: { width: 8, groups: 4, blocks: [1] } },
    semise: { patientFloor: 2 },
  },
  phantom: {
    ...severity,
    cases: (options) => severity.cases(options).map((one, i) => ({ ...one, labels: [`severity:${i % 3}`] })),
  },
  testPairs: 6,
};

describe('methods of every kind in whole federations', () => {
  let parent: string;
  before(async () => {
    parent = await mkdtemp(join(tmpdir(), 'methods-'));
  });
  after(async () => {
    await rm(parent, { recursive: true });
  });

  it('keep at a site what is local, and go on from it after the site was killed', async () => {
    const folder = join(parent, 'mcr');
    await found(folder, rounds, ['--encryption', 'none', '--evaluate-every', '2'], mcr);
    const [calm, killed] = [await finished(folder, false), await finished(folder, true)];
    assert.equal(new Set([...calm.models, ...killed.models]).size, 1);
    assert.equal(new Set(calm.local).size, siteNames.length); // every site has its own
    assert.deepEqual(killed.local, calm.local);
    assert(calm.evaluated.length > 0);
    for (const { own, all } of calm.evaluated) {
      assert(own !== null && Number.isFinite(figureAt(own, 'imageToReport.recallAt5')));
      assert(Number.isFinite(figureAt(all, 'imageToReport.recallAt5')));
    }
    assert.equal(new Set(calm.evaluated.map(({ round, all }) => JSON.stringify([round, all]))).size, 2); // rounds 2 and 3
  });

  it('weigh rows by themselves under encryption, and every site comes to the same', async () => {
    const folder = join(parent, 'semise');
    await found(folder, rounds, ['--encryption', 'bgv'], semise);
    const { models, prototype } = await finished(folder, false);
    assert.equal(new Set(models).size, 1);
    const length = Math.hypot(...prototype);
    assert(length > 0.05 && length <= 1 + 1e-3, `the mean of unit vectors has length ${length}`);
  });
}).timeout(180_000);

interface Finished {
  readonly models: readonly string[];
  /** Hashes of what each site kept. */
  readonly local: readonly string[];
  readonly evaluated: readonly Extract<Progress, { kind: 'evaluated' }>[];
  /** Of the model of the first site; empty where it has none. */
  readonly prototype: Float32Array;
}

/** Runs a copy to its end; with `kill`, one site is killed whenever it has trained, and started again. */
async function finished(founded: string, kill: boolean): Promise<Finished> {
  const federation = await WholeFederation.start(founded);
  try {
    for (let round = 1; kill && round <= 2; round++) {
      const agent = federation.site('north');
      await agent.line((said) => said.kind === 'trained' && said.round === round);
      await agent.kill();
      federation.startSite('north');
    }
    const models = await federation.finish();
    const plan = parsePlan(await readFile(join(federation.folder, 'plan.yaml'), 'utf8'));
    const local = await Promise.all(siteNames.map((site) => localHash(siteFolder(federation, site))));
    const evaluated = siteNames.flatMap((site) =>
      federation.site(site).lines.filter((said) => said.kind === 'evaluated'),
    );
    return { models, local, evaluated, prototype: await rowsOf(plan, siteFolder(federation, 'north')) };
  } finally {
    await federation.stop();
  }
}

async function localHash(dir: string): Promise<string> {
  const plans = await readdir(join(dir, 'local')).catch(() => []);
  const [plan] = plans;
  if (plan === undefined) return '';
  const last = (await readdir(join(dir, 'local', plan))).sort().at(-1) ?? '';
  return Buffer.from(nodeCrypto.sha256(await readFile(join(dir, 'local', plan, last)))).toString('hex');
}

async function rowsOf(plan: ReturnType<typeof parsePlan>, dir: string): Promise<Float32Array> {
  const [planId] = await readdir(join(dir, 'models'));
  const weights = new ModelStore(dir, planId!, nodeCrypto).current()!.model.weights; // it has run
  const [place] = rowPlaces(plan);
  return place === undefined ? new Float32Array(0) : weights.slice(place.from);
}
