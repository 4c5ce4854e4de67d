import assert from 'node:assert/strict';
import { phantomPairs } from '#client/data/phantom/phantoms';
import { radiographPhantom } from '#client/data/phantom/radiograph/generate';
import { compile } from '#client/engine/compile';
import type { HostValues } from '#client/engine/types';
import type { Sampler } from '#client/methods/types';
import { openEvaluation } from '#client/train/evaluation';
import { stepsAtOnce, trainAlone } from '#client/train/local-training';
import { trainProgram } from '#client/train/programs';

const config = {
  image: { dim: 16, heads: 2, blocks: 1, patch: 16 },
  text: { dim: 16, heads: 2 },
  embedding: 16,
  training: { localSteps: 20, batchSize: 8 },
};
const pairs = phantomPairs(radiographPhantom, { seed: 1, site: 'south', trainPairs: 12, testPairs: 0 });

describe('training at one site', () => {
  it('takes as many steps at once as go into a round, and eight at most', () => {
    assert.deepEqual([1, 5, 8, 12, 13, 16, 20, 24].map(stepsAtOnce), [1, 5, 8, 6, 1, 8, 5, 8]);
  });

  it('gives the memory of its batches back as it goes, and holds no round of them', async () => {
    const evaluation = await openEvaluation({ method: 'clip', config, data: { pairs }, engine: 'onnx', seed: 1 });
    const { method, files, beginning, model } = evaluation;
    const drawn = await method.sampler(pairs, { seed: 1, totalSteps: 20, files, beginning: model });
    const made: HostValues[] = [];
    let most = 0;
    const held = (): number => made.filter(({ image }) => image!.length > 0).length;
    const sampler: Sampler = {
      ...drawn,
      batch(step) {
        const values = drawn.batch(step);
        made.push(values);
        most = Math.max(most, held());
        return values;
      },
    };
    const runner = await compile(trainProgram(method), { engine: 'onnx', worker: false });
    await trainAlone({ method, runner, sampler, beginning, model, pairs, rounds: 1 }, () => undefined);
    await runner.dispose();
    await evaluation.dispose();
    assert.deepEqual([made.length, most, held()], [20, 5, 0]);
  }).timeout(20_000);
});
