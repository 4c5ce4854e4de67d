import assert from 'node:assert/strict';
import { phantomPairs } from '#client/data/phantom/phantoms';
import { radiographPhantom } from '#client/data/phantom/radiograph/generate';
import type { RetrievalReport } from '#client/evaluate/types';
import { describeProgram } from '#client/train/describe-program';
import { openSession, type Session } from '#client/train/session';

/** Small enough for a unit test, and still the whole method. */
const config = {
  image: { dim: 16, heads: 2, blocks: 1, patch: 16 },
  text: { dim: 16, heads: 2 },
  embedding: 16,
  training: { localSteps: 4, batchSize: 8, warmupSteps: 2, learningRate: 5e-3 },
};
const pairs = phantomPairs(radiographPhantom, { seed: 1, site: 'west', trainPairs: 8, testPairs: 8 });
const options = { method: 'clip', config, rounds: 12, data: { pairs }, engine: 'onnx', seed: 1 } as const;

describe('session', () => {
  let session: Session;
  before(async () => {
    session = await openSession(options);
  });
  after(async () => {
    await session.dispose();
  });

  it('says what it will train, as the plan has it', async () => {
    const described = await describeProgram('clip', config);
    assert.deepEqual(session.program, described);
    assert.match(described.fingerprint, /^[0-9a-f]{64}$/);
    assert.equal(described.initialWeights.length, described.parameterCount);
    assert.deepEqual(session.data, { trainPairs: 8, testPairs: 8, patients: 16, leftOut: [] });
  });

  it('answers a round with the same numbers whenever it is asked, whatever came between', async () => {
    const initial = session.program.initialWeights;
    const first = await session.trainRound({ weights: initial, local: null }, 3);
    const other = await session.trainRound({ weights: initial, local: null }, 4);
    assert.notDeepEqual(other.delta, first.delta);
    const again = await session.trainRound({ weights: initial, local: null }, 3);
    assert.deepEqual(again, first);
    assert.equal(first.exampleCount, 8);
    assert.equal(first.steps, 4);
    assert(first.delta.some((value) => value !== 0));
  });

  it('gives the local minus the global weights: with the first round applied, the loss falls', async () => {
    let weights = session.program.initialWeights;
    const losses: number[] = [];
    for (let round = 1; round <= 12; round++) {
      const { delta, lossNats } = await session.trainRound({ weights: weights, local: null }, round);
      weights = weights.map((value, i) => value + delta[i]!);
      losses.push(lossNats);
    }
    assert(losses.at(-1)! < losses[0]! / 2, losses.join(' '));
  });

  it('learns its own pairs by heart and finds them, and not the images of others', async () => {
    const steps: number[] = [];
    const run = await session.trainAlone(({ step }) => steps.push(step));
    assert.deepEqual(steps.slice(0, 2), [4, 8]);
    assert.equal(run.steps, 48);
    const { figures, shuffledImages, pairCount } = (await session.evaluate(run, 'train')) as RetrievalReport;
    assert.equal(pairCount, 8);
    assert(figures.imageToReport.recallAt1 >= 0.75, JSON.stringify(figures));
    assert(shuffledImages.imageToReport.recallAt1 <= 0.25, JSON.stringify(shuffledImages));
  });

  it('refuses weights of another model, and a method or configuration that it does not have', async () => {
    await assert.rejects(session.trainRound({ weights: new Float32Array(3), local: null }, 1), { code: 'badArgument' });
    await assert.rejects(openSession({ ...options, method: 'clap' }), { code: 'badPlan', message: /has clip/ });
    await assert.rejects(openSession({ ...options, config: { image: { size: 63 } } }), { code: 'badPlan' });
  });
}).timeout(30_000);
