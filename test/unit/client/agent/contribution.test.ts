import assert from 'node:assert/strict';
import { checkWeight } from '#client/agent/contribution';
import type { Contribution } from '#client/agent/contribution';
import { nodeCrypto } from '#shared/crypto/node';
import { parsePlan } from '#shared/governance/plan';
import type { Plan } from '#shared/governance/types';
import { initialModel } from '#shared/model/apply';
import { errorBound } from '#shared/secagg/quantize';
import type { AggregatePublished } from '#shared/secagg/types';
import { uniformSource } from '#shared/secagg/uniform-source';
import { toSiteId } from '#shared/util/ids';
import type { SiteId } from '#shared/util/ids';
import { foldBytes, quantizeContribution } from '../../../support/folding.ts';

const length = 200;

function planWith(sum: string): Plan {
  return parsePlan(`
name: fold
rounds: 2
method: { name: clip }
program: { fingerprint: '${'ab'.repeat(32)}', initialModelHash: '${'cd'.repeat(32)}' }
model: [{ name: weight, shape: [${length}] }]
sum: ${sum}
`);
}

const weighted = planWith(`
  maxSites: 3
  weightCap: 20000
  segments: [{ name: delta, range: 0.05, bits: 16 }, { name: exampleCount, bits: 16 }, { name: trainingLoss, range: 16, bits: 16 }]`);
const unweighted = planWith(`
  maxSites: 3
  segments: [{ name: delta, range: 0.05, bits: 16 }]`);

function siteId(text: string): SiteId {
  return toSiteId(text) ?? assert.fail(text);
}
const u3 = ['north', 'south', 'west'].map(siteId);

/** Deltas that differ between the sites, within the range. */
function contributionOf(index: number, exampleCount: number): Contribution {
  const delta = Float32Array.from({ length }, (_, i) => 0.049 * Math.sin(1 + i * (index + 1)));
  return { delta, rows: [], evaluation: null, exampleCount, lossNats: 3 - index / 2 };
}

function quantized(plan: Plan, contributions: readonly Contribution[]): readonly Uint32Array[] {
  return contributions.map((contribution, i) =>
    quantizeContribution(plan, contribution, uniformSource(nodeCrypto, new Uint8Array(32).fill(i + 1))),
  );
}

function summed(vectors: readonly Uint32Array[]): Uint8Array {
  const sum = new Uint32Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i]! += vector[i]!;
  return new Uint8Array(sum.buffer);
}

function published(bytes: Uint8Array): AggregatePublished {
  return {
    kind: 'aggregatePublished',
    round: 1,
    attempt: 1,
    u3,
    aggregateHash: nodeCrypto.sha256(bytes),
    byteLength: bytes.length,
  };
}

const weights = Float32Array.from({ length }, (_, i) => i / 100);
const model = initialModel({ name: 'fedAvg', serverLearningRate: 1 }, weights);

describe('a contribution, summed and folded', () => {
  it('gives the mean weighted by examples, within the bound of the plan, for 20,000 against 10', () => {
    const counts = [20_000, 10, 300];
    const contributions = counts.map((count, i) => contributionOf(i, count));
    const bytes = summed(quantized(weighted, contributions));
    const folded = foldBytes(weighted, model, published(bytes), bytes);
    const total = 20_310;
    const over = { sites: 3, weightCap: 20_000, exampleCount: total };
    const [deltaBound = 0, , lossBound = 0] = errorBound(weighted.sum.segments, over).bounds;
    assert.equal(folded.exampleCount, total);
    const mean = (of: (contribution: Contribution) => number): number =>
      contributions.reduce((sum, contribution) => sum + contribution.exampleCount * of(contribution), 0) / total;
    for (let i = 0; i < length; i++) {
      const expected = weights[i]! + mean(({ delta }) => delta[i]!);
      assert(Math.abs(folded.model.weights[i]! - expected) <= deltaBound + 1e-6, `coordinate ${i}`);
    }
    assert(Math.abs((folded.trainingLossNats ?? NaN) - mean(({ lossNats }) => lossNats)) <= lossBound);
  });

  it('gives the plain mean without a cap, and neither counts nor losses', () => {
    const contributions = [5, 700, 30].map((count, i) => contributionOf(i, count));
    const bytes = summed(quantized(unweighted, contributions));
    const folded = foldBytes(unweighted, model, published(bytes), bytes);
    assert.deepEqual([folded.exampleCount, folded.trainingLossNats], [null, null]);
    const [bound = 0] = errorBound(unweighted.sum.segments, { sites: 3, weightCap: null, exampleCount: 3 }).bounds;
    for (let i = 0; i < length; i++) {
      const expected = weights[i]! + contributions.reduce((sum, { delta }) => sum + delta[i]!, 0) / 3;
      assert(Math.abs(folded.model.weights[i]! - expected) <= bound + 1e-6, `coordinate ${i}`);
    }
  });

  it('is the same again from the same seed, and another from another', () => {
    const [first] = quantized(weighted, [contributionOf(0, 100)]);
    assert.deepEqual(quantized(weighted, [contributionOf(0, 100)])[0], first);
    const other = quantizeContribution(
      weighted,
      contributionOf(0, 100),
      uniformSource(nodeCrypto, new Uint8Array(32).fill(9)),
    );
    assert.notDeepEqual(other, first);
  });

  it('never rounds an example count', () => {
    for (const count of [1, 2, 19_999, 20_000]) {
      const [vector] = quantized(weighted, [contributionOf(0, count)]);
      assert.equal(vector?.[length], count);
    }
  });

  it('refuses more examples than the cap, before and while quantising', () => {
    assert.throws(() => quantized(weighted, [contributionOf(0, 20_001)]), { code: 'weightAboveCap' });
    assert.throws(
      () => {
        checkWeight(weighted, 20_001);
      },
      { code: 'weightAboveCap' },
    );
    checkWeight(weighted, 20_000);
  });

  it('refuses a delta that is no number', () => {
    const contribution = contributionOf(0, 10);
    contribution.delta[7] = NaN;
    assert.throws(() => quantized(weighted, [contribution]), { code: 'notFinite' });
  });
});

describe('foldAggregate', () => {
  const bytes = summed(
    quantized(
      weighted,
      [10, 20, 30].map((count, i) => contributionOf(i, count)),
    ),
  );

  it('refuses bytes that are not those that were published', () => {
    const other = bytes.slice();
    other[0]! ^= 1;
    for (const wrong of [other, bytes.subarray(4)])
      assert.throws(() => foldBytes(weighted, model, published(bytes), wrong), {
        code: 'commitmentMismatch',
      });
  });

  it('refuses a field that no three honest sites can sum to, in every segment', () => {
    for (const index of [0, length - 1, length, length + 1]) {
      const spoiled = new Uint32Array(bytes.slice().buffer);
      spoiled[index] = 3 * 65_535 + 1;
      const wrong = new Uint8Array(spoiled.buffer);
      assert.throws(() => foldBytes(weighted, model, published(wrong), wrong), {
        code: 'aggregateOutOfRange',
      });
    }
  });

  it('refuses a sum without a single example', () => {
    const empty = new Uint32Array(bytes.slice().buffer);
    empty[length] = 0;
    const wrong = new Uint8Array(empty.buffer);
    assert.throws(() => foldBytes(weighted, model, published(wrong), wrong), {
      code: 'aggregateOutOfRange',
    });
  });
});
