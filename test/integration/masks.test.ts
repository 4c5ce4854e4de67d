import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTrainer } from '#client/train/trainer';
import type { LocalRound, Trainer } from '#client/train/types';
import { nodeCrypto } from '#shared/crypto/node';
import { parsePlan } from '#shared/governance/plan';
import { segmentPlaces } from '#shared/governance/segments';
import { toServerOptimizer } from '#shared/governance/server-optimizer';
import type { Plan } from '#shared/governance/types';
import { initialModel } from '#shared/model/apply';
import { modelHash } from '#shared/model/model-hash';
import { dequantize, errorBound } from '#shared/secagg/quantize';
import type { AggregatePublished } from '#shared/secagg/types';
import { toHex } from '#shared/util/bytes';
import { foldBytes } from '../support/folding.ts';
import { siteId } from '../support/secrets.ts';
import { csvOf, engine, found, seed, siteNames, WholeFederation } from '../support/whole-federation.ts';

const rounds = 3;

interface Run {
  /** The model's hash at each site. */
  readonly models: readonly string[];
  /** The coordinator's file of every round, in order. */
  readonly aggregates: readonly Uint8Array[];
}

describe('the aggregates of whole federations with the same seed', () => {
  let parent: string;
  let founded: string;
  let masked: Run;

  before(async () => {
    parent = await mkdtemp(join(tmpdir(), 'masks-'));
    founded = join(parent, 'founded');
    await found(founded, rounds, ['--encryption', 'none']);
    masked = await runOf(founded, []);
  });
  after(async () => {
    await rm(parent, { recursive: true });
  });

  async function runOf(folder: string, args: readonly string[]): Promise<Run> {
    const federation = await WholeFederation.start(folder, { args });
    try {
      const models = await federation.finish();
      const folder = join(federation.coordinator.dir, 'aggregates');
      const names = (await readdir(folder)).sort();
      return { models, aggregates: await Promise.all(names.map(async (name) => readFile(join(folder, name)))) };
    } finally {
      await federation.stop();
    }
  }

  it('are the same bit for bit without masks, in every round', async () => {
    const open = await runOf(founded, ['--no-masks']);
    const hashes = masked.aggregates.map(hashOf);
    assert.equal(hashes.length, rounds);
    assert.equal(new Set(hashes).size, rounds);
    assert.deepEqual(open.aggregates.map(hashOf), hashes);
    assert.deepEqual(open.models, masked.models);
    assert.equal(new Set(masked.models).size, 1);
  });

  it('come to the same model without masks where they are encrypted', async () => {
    const encrypted = join(parent, 'encrypted');
    await found(encrypted, rounds, ['--encryption', 'bgv']);
    const [masks, none] = [await runOf(encrypted, []), await runOf(encrypted, ['--no-masks'])];
    assert.equal(new Set([...masks.models, ...none.models]).size, 1);
    const hashes = [...masks.aggregates, ...none.aggregates].map(hashOf);
    assert.equal(new Set(hashes).size, 2 * rounds); // no ciphertext is made twice
  });

  it('open to the mean of what the sites trained, weighted by their examples, within the bound of the plan', async () => {
    const plan = parsePlan(await readFile(join(founded, 'plan.yaml'), 'utf8'));
    const trainers = await Promise.all(siteNames.map(async (site) => trainerOf(plan, csvOf(founded, site))));
    try {
      let model = initialModel(toServerOptimizer(plan), trainers[0]!.program.initialWeights); // of three
      for (const [i, bytes] of masked.aggregates.entries()) {
        const local: LocalRound[] = [];
        for (const trainer of trainers)
          local.push(await trainer.trainRound({ weights: model.weights, local: null }, i + 1));
        assertWithinBound(plan, local, bytes);
        model = foldBytes(plan, model, publicationOf(i + 1, bytes), bytes).model;
      }
      assert.equal(toHex(modelHash(nodeCrypto, model)), masked.models[0]);
    } finally {
      for (const trainer of trainers) await trainer.dispose();
    }
  });
});

function hashOf(bytes: Uint8Array): string {
  return toHex(nodeCrypto.sha256(bytes));
}

async function trainerOf(plan: Plan, csv: string): Promise<Trainer> {
  return startTrainer({
    ...{ method: plan.method.name, config: plan.method.config },
    rounds,
    data: { csv },
    engine,
    threads: 1,
    seed,
  });
}

/** In float64 throughout, so that nothing but the quantisation is between the two. */
function assertWithinBound({ sum }: Plan, local: readonly LocalRound[], bytes: Uint8Array): void {
  const exampleCount = local.reduce((total, one) => total + one.exampleCount, 0);
  const over = { sites: local.length, weightCap: sum.weightCap, exampleCount };
  const [place] = segmentPlaces(sum.segments);
  assert(place?.name === 'delta');
  const words = new Uint32Array(bytes.slice().buffer, 4 * place.offset, place.length);
  const { mean } = dequantize([place], over, words);
  const [bound = 0] = errorBound(sum.segments, over).bounds;
  let largest = 0;
  for (let i = 0; i < mean.length; i++) {
    const expected = local.reduce((total, one) => total + one.exampleCount * one.delta[i]!, 0) / exampleCount;
    largest = Math.max(largest, Math.abs(expected));
    assert(Math.abs(mean[i]! - expected) <= bound, `coordinate ${i}: ${mean[i]!} instead of ${expected}`);
  }
  assert(largest > 10 * bound, 'the bound says nothing about changes as small as these');
}

function publicationOf(round: number, bytes: Uint8Array): AggregatePublished {
  const aggregateHash = nodeCrypto.sha256(bytes);
  return {
    kind: 'aggregatePublished',
    round,
    attempt: 1,
    u3: siteNames.map(siteId),
    aggregateHash,
    byteLength: bytes.length,
  };
}
