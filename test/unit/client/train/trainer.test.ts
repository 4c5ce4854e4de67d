import assert from 'node:assert/strict';
import { phantomPairs } from '#client/data/phantom/phantoms';
import { radiographPhantom } from '#client/data/phantom/radiograph/generate';
import { openSession } from '#client/train/session';
import { startTrainer } from '#client/train/trainer';

const config = {
  image: { dim: 16, heads: 2, blocks: 1, patch: 16 },
  text: { dim: 16, heads: 2 },
  embedding: 16,
  training: { localSteps: 2, batchSize: 8 },
};
const pairs = phantomPairs(radiographPhantom, { seed: 1, site: 'south', trainPairs: 12, testPairs: 6 });
const options = { method: 'clip', config, rounds: 2, data: { pairs }, engine: 'onnx', seed: 1 } as const;

describe('trainer', () => {
  it('gives the numbers of a session from its own thread', async () => {
    const trainer = await startTrainer(options);
    const session = await openSession(options);
    const initial = trainer.initialWeights();
    assert.equal(trainer.fingerprint(), session.program.fingerprint);
    assert.deepEqual(initial, session.program.initialWeights);
    assert.deepEqual(
      await trainer.trainRound({ weights: initial, local: null }, 1),
      await session.trainRound({ weights: initial, local: null }, 1),
    );
    assert.deepEqual(
      await trainer.evaluate({ weights: initial, local: null }),
      await session.evaluate({ weights: initial, local: null }, 'test'),
    );
    const progress: number[] = [];
    const run = await trainer.trainAlone(({ step }) => progress.push(step));
    assert.deepEqual(progress, [2, 4]);
    assert.deepEqual(run, await session.trainAlone(() => undefined));
    await session.dispose();
    await trainer.dispose();
  });

  it('answers calls in turn and goes on after one that fails', async () => {
    const trainer = await startTrainer(options);
    const initial = trainer.initialWeights();
    const answers = await Promise.allSettled([
      trainer.trainRound({ weights: initial, local: null }, 1),
      trainer.trainRound({ weights: initial.subarray(1), local: null }, 1),
      trainer.trainRound({ weights: initial, local: null }, 1),
    ]);
    const [first, bad, second] = answers;
    assert(first.status === 'fulfilled' && second.status === 'fulfilled' && bad.status === 'rejected');
    assert.deepEqual(second.value, first.value);
    assert.equal((bad.reason as { code: string }).code, 'badArgument');
    await trainer.dispose();
    await trainer.dispose();
    await assert.rejects(trainer.trainRound({ weights: initial, local: null }, 1));
  });

  it('does not wait for a round of hours when it is disposed of', async () => {
    const long = { ...config, training: { ...config.training, localSteps: 100_000 } };
    const trainer = await startTrainer({ ...options, config: long });
    const round = assert.rejects(trainer.trainRound({ weights: trainer.initialWeights(), local: null }, 1), {
      code: 'unavailable',
    });
    await trainer.dispose();
    await round;
  });

  it('reports what is wrong with its data as the loader does', async () => {
    await assert.rejects(startTrainer({ ...options, data: { csv: '/no/such/pairs.csv' } }), {
      name: 'UsageError',
      code: 'noSuchFile',
    });
  });
}).timeout(30_000);
