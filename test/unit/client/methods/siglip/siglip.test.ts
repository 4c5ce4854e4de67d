import assert from 'node:assert/strict';
import { phantomPairs } from '#client/data/phantom/phantoms';
import { radiographPhantom } from '#client/data/phantom/radiograph/generate';
import { figureAt } from '#client/evaluate/figures';
import { siglip } from '#client/methods/siglip/siglip';
import { openSession } from '#client/train/session';

const config = {
  image: { dim: 16, heads: 2, blocks: 1, patch: 16 },
  text: { dim: 16, heads: 2 },
  embedding: 16,
  training: { localSteps: 12, batchSize: 8, warmupSteps: 2, learningRate: 5e-3 },
};

describe('siglip', () => {
  it('has a bias beside the parameters of CLIP', () => {
    const names = siglip(config).parameters.map(({ name }) => name);
    assert.deepEqual(names.slice(-2), ['logScale', 'bias']);
  });

  it('learns its pairs', async () => {
    const pairs = phantomPairs(radiographPhantom, { seed: 1, site: 'west', trainPairs: 8, testPairs: 0 });
    const session = await openSession({
      method: 'siglip',
      config,
      rounds: 5,
      data: { pairs },
      engine: 'onnx',
      seed: 1,
    });
    const losses: number[] = [];
    const run = await session.trainAlone(({ lossNats }) => losses.push(lossNats));
    assert(losses.at(-1)! < losses[0]!, losses.join(' '));
    const { figures } = await session.evaluate(run, 'train');
    assert(figureAt(figures, 'imageToReport.recallAt1')! >= 0.5, JSON.stringify(figures));
    await session.dispose();
  });
}).timeout(20_000);
