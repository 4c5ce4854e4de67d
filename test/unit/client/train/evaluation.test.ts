import assert from 'node:assert/strict';
import { phantomPairs } from '#client/data/phantom/phantoms';
import { radiographPhantom } from '#client/data/phantom/radiograph/generate';
import { initialWeights } from '#client/model/flat-weights';
import { openEvaluation } from '#client/train/evaluation';
import { openSession } from '#client/train/session';

const config = {
  image: { dim: 16, heads: 2, blocks: 1, patch: 16 },
  text: { dim: 16, heads: 2 },
  embedding: 16,
  training: { localSteps: 2, batchSize: 8 },
};
const pairs = phantomPairs(radiographPhantom, { seed: 1, site: 'south', trainPairs: 12, testPairs: 6 });
const options = { method: 'clip', config, data: { pairs }, engine: 'onnx', seed: 1 } as const;

describe('evaluation', () => {
  it('gives the figures and counts of a session, and needs no pair to train on', async () => {
    const session = await openSession({ ...options, rounds: 1 });
    const start = { weights: session.program.initialWeights.map((value) => 0.5 * value), local: null };
    const test = { pairs: pairs.filter(({ split }) => split === 'test') };
    const evaluation = await openEvaluation({ ...options, data: test });
    assert.deepEqual(await evaluation.evaluate(start, 'test'), await session.evaluate(start, 'test'));
    assert.deepEqual(await evaluation.count(start), (await session.trainRound(start, 1, true)).evaluation);
    assert.equal((await evaluation.count(start))?.length, session.program.tallyLength);
    await evaluation.dispose();
    await assert.rejects(openSession({ ...options, rounds: 1, data: test }), { code: 'noUsableRows' });
    await session.dispose();
  });

  it('counts nothing of fewer than five test patients', async () => {
    const few = pairs.filter(({ split }) => split === 'test').slice(0, 4);
    const evaluation = await openEvaluation({ ...options, data: { pairs: few } });
    const weights = initialWeights(evaluation.method.parameters, 1);
    assert.equal(await evaluation.count({ weights, local: null }), null);
    await evaluation.dispose();
  });
}).timeout(20_000);
