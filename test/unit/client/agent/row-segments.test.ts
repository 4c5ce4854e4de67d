import assert from 'node:assert/strict';
import type { Contribution } from '#client/agent/contribution';
import { nodeCrypto } from '#shared/crypto/node';
import { parsePlan } from '#shared/governance/plan';
import type { Plan } from '#shared/governance/types';
import { initialModel } from '#shared/model/apply';
import type { AggregatePublished } from '#shared/secagg/types';
import { uniformSource } from '#shared/secagg/uniform-source';
import { toSiteId } from '#shared/util/ids';
import { foldBytes, quantizeContribution } from '../../../support/folding.ts';

const [rows, width, plain] = [3, 5, 40];

/** Chunks of 32 bytes, eight fields: rows and segments are cut at any place. */
function planWith(optimizer = 'fedAvg', parameters = '{ serverLearningRate: 1 }', model = ''): Plan {
  return parsePlan(`
name: rows
rounds: 2
method: { name: brgsa }
program: { fingerprint: '${'ab'.repeat(32)}', initialModelHash: '${'cd'.repeat(32)}' }
model: [{ name: weight, shape: [${plain}] }, ${model === '' ? `{ name: bank, shape: [${rows}, ${width}] }` : model}]
serverOptimizer: { name: ${optimizer}, parameters: ${parameters} }
sum:
  maxSites: 3
  weightCap: 500
  modulusBits: 32
  chunkBytes: 32
  segments:
    - { name: delta, range: 0.05, bits: 20 }
    - { name: exampleCount, bits: 16 }
    - { name: trainingLoss, range: 16, bits: 16 }
    - { name: bank, range: 0.5, bits: 20 }
    - { name: bankUsage, bits: 10 }
`);
}

const u3 = ['north', 'south', 'west'].map((name) => toSiteId(name) ?? assert.fail(name));
const usage = [
  [100, 0, 7],
  [1, 0, 1000],
  [50, 0, 2000],
];

function contributionOf(site: number): Contribution {
  const delta = Float32Array.from({ length: plain }, (_, i) => 0.04 * Math.sin(i + site));
  const bank = Float32Array.from({ length: rows * width }, (_, i) => 0.4 * Math.cos(3 * i + site));
  const weights = Int32Array.from(usage[site]!);
  return {
    delta,
    rows: [{ name: 'bank', delta: bank, weights }],
    exampleCount: 10 * (site + 1),
    lossNats: 1,
    evaluation: null,
  };
}

function summed(plan: Plan): { readonly bytes: Uint8Array; readonly published: AggregatePublished } {
  const vectors = u3.map((_, i) =>
    quantizeContribution(plan, contributionOf(i), uniformSource(nodeCrypto, new Uint8Array(32).fill(i + 1))),
  );
  const sum = new Uint32Array(vectors[0]!.length);
  for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i]! += vector[i]!;
  const bytes = new Uint8Array(sum.buffer);
  const aggregateHash = nodeCrypto.sha256(bytes);
  const said = { kind: 'aggregatePublished' as const, round: 1, attempt: 1, u3, aggregateHash };
  return { bytes, published: { ...said, byteLength: bytes.length } };
}

const weights = Float32Array.from({ length: plain + rows * width }, (_, i) => i / 100);

/** Row k plus the mean of its changes, each site by its use of the row, held to what the field can say. */
function expectedBank(): readonly number[] {
  const held = usage.map((each) => each.map((used) => Math.min(used, 1023)));
  return Array.from({ length: rows * width }, (_, at) => {
    const used = held.map((each) => each[Math.floor(at / width)]!);
    const total = used.reduce((sum, one) => sum + one, 0);
    const change = used.reduce((sum, one, site) => sum + one * contributionOf(site).rows[0]!.delta[at]!, 0);
    return weights[plain + at]! + (total === 0 ? 0 : change / total);
  });
}

describe('rows with weights of their own', () => {
  it('become themselves plus the mean of their changes by use; a row that nobody used stays', () => {
    const plan = planWith();
    const { bytes, published } = summed(plan);
    const { model } = foldBytes(
      plan,
      initialModel({ name: 'fedAvg', serverLearningRate: 1 }, weights),
      published,
      bytes,
    );
    const step = 1 / 2 ** 20;
    expectedBank().forEach((expected, at) => {
      const row = Math.floor(at / width);
      const used = usage.reduce((sum, each) => sum + Math.min(each[row]!, 1023), 0);
      const bound = used === 0 ? 0 : (step * 3 * 1023) / used + 1e-6;
      assert(Math.abs(model.weights[plain + at]! - expected) <= bound, `number ${at}`);
    });
    const delta = [0, 1, 2].reduce((sum, i) => sum + (contributionOf(i).delta[3]! * (i + 1)) / 6, 0);
    assert(Math.abs(model.weights[3]! - weights[3]! - delta) < 1e-4);
  });

  it('are a mean and no step: the server optimiser does not touch them', () => {
    const [plan, adam] = [
      planWith(),
      planWith('fedAdam', '{ serverLearningRate: 0.1, beta1: 0.9, beta2: 0.99, tau: 0.001 }'),
    ];
    const beginning = initialModel({ name: 'fedAvg', serverLearningRate: 1 }, weights);
    const adamBeginning = initialModel(
      { name: 'fedAdam', serverLearningRate: 0.1, beta1: 0.9, beta2: 0.99, tau: 0.001 },
      weights,
    );
    const [a, b] = [summed(plan), summed(adam)];
    const plainFold = foldBytes(plan, beginning, a.published, a.bytes).model;
    const adamFold = foldBytes(adam, adamBeginning, b.published, b.bytes).model;
    assert.deepEqual(adamFold.weights.subarray(plain), plainFold.weights.subarray(plain));
    assert.notDeepEqual(adamFold.weights.subarray(0, plain), plainFold.weights.subarray(0, plain));
    assert.deepEqual(adamFold.secondMoment.subarray(plain), adamBeginning.secondMoment.subarray(plain));
  });

  it('are refused where the model has no tensor for them, or has it in front of others', () => {
    assert.throws(() => planWith('fedAvg', '{ serverLearningRate: 1 }', '{ name: cellar, shape: [3, 5] }'), {
      code: 'badPlan',
      message: /the model has no tensor for bank/,
    });
    const last = '{ name: bank, shape: [3, 5] }, { name: after, shape: [2] }';
    assert.throws(() => planWith('fedAvg', '{ serverLearningRate: 1 }', last), {
      code: 'badPlan',
      message: /bank must be its last tensors/,
    });
  });

  it('are asked of the method by the plan: a method that has none cannot answer', () => {
    const plan = planWith();
    const uniform = uniformSource(nodeCrypto, new Uint8Array(32));
    assert.throws(() => quantizeContribution(plan, { ...contributionOf(0), rows: [] }, uniform), { code: 'badPlan' });
    const [own] = contributionOf(0).rows;
    const short = { ...own!, delta: new Float32Array(4) };
    assert.throws(() => quantizeContribution(plan, { ...contributionOf(0), rows: [short] }, uniform), {
      code: 'lengthMismatch',
    });
  });
});

describe('counts of test pairs', () => {
  const plan = parsePlan(`
name: counts
rounds: 10
method: { name: clip }
program: { fingerprint: '${'ab'.repeat(32)}', initialModelHash: '${'cd'.repeat(32)}' }
model: [{ name: weight, shape: [${plain}] }]
evaluation: { everyRounds: 5 }
sum:
  maxSites: 3
  weightCap: 500
  segments:
    - { name: delta, range: 0.05, bits: 16 }
    - { name: exampleCount, bits: 16 }
    - { name: evaluation, length: 4, bits: 10 }
`);
  const counts = [
    [1, 2, 3, 0],
    [10, 20, 30, 0],
    [0, 0, 2000, 0],
  ];

  it('are added as whole numbers; a site that says nothing adds nothing', () => {
    const beginning = initialModel({ name: 'fedAvg', serverLearningRate: 1 }, weights.slice(0, plain));
    const fold = (evaluations: readonly (Int32Array | null)[]): readonly number[] | null => {
      const vectors = evaluations.map((evaluation, i) => {
        const uniform = uniformSource(nodeCrypto, new Uint8Array(32).fill(i + 1));
        return quantizeContribution(plan, { ...contributionOf(i), rows: [], evaluation }, uniform);
      });
      const sum = vectors.reduce((a, b) => a.map((word, at) => word + b[at]!));
      const bytes = new Uint8Array(sum.buffer);
      const said = { kind: 'aggregatePublished' as const, round: 1, attempt: 1, u3 };
      const published = { ...said, aggregateHash: nodeCrypto.sha256(bytes), byteLength: bytes.length };
      return foldBytes(plan, beginning, published, bytes).evaluation;
    };
    assert.deepEqual(fold(counts.map((each) => Int32Array.from(each))), [11, 22, 33 + 1023, 0]);
    assert.deepEqual(fold([Int32Array.from(counts[0]!), null, null]), [1, 2, 3, 0]);
    assert.equal(fold([null, null, null]), null);
  });

  it('are in a plan exactly where it says when', () => {
    const text = (evaluation: string, segment: string): string => `
name: counts
rounds: 10
method: { name: clip }
program: { fingerprint: '${'ab'.repeat(32)}', initialModelHash: '${'cd'.repeat(32)}' }
model: [{ name: weight, shape: [4] }]
${evaluation}
sum: { maxSites: 3, segments: [{ name: delta, range: 0.05, bits: 16 }${segment}] }
`;
    const segment = ', { name: evaluation, length: 4, bits: 10 }';
    for (const wrong of [text('evaluation: { everyRounds: 5 }', ''), text('', segment)]) {
      assert.throws(() => parsePlan(wrong), { code: 'badPlan', message: /evaluation: goes together/ });
    }
    assert.equal(parsePlan(text('', '')).evaluation, null);
  });
});
