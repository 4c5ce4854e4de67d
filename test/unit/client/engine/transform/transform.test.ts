import assert from 'node:assert/strict';
import { accumulateGradients } from '#client/engine/transform/accumulate';
import { gradCache, wholeLoss } from '#client/engine/transform/grad-cache';
import { plainStep } from '#client/engine/transform/training-program';
import type { HostValues, StepProgram } from '#client/engine/types';
import { clipBatch, clipConfigs, clipParts, clipWeights } from '../../../../support/engine/clip.ts';
import { cnnBatch, cnnProgram, cnnWeights, smallCnn } from '../../../../support/engine/cnn.ts';
import { relativeL2, stateAfter, withRunner } from '../../../../support/engine/run.ts';
import { valuesOf } from '../../../../support/engine/training.ts';
import type { Weights } from '../../../../support/engine/training.ts';

const size = 8;
const config = clipConfigs.small;
const steps = [1, 2, 3];

async function distance(
  program: StepProgram,
  plain: StepProgram,
  weights: Weights,
  batches: HostValues[],
): Promise<number> {
  const options = { engine: 'onnx', worker: false, init: valuesOf(weights) } as const;
  const [state, expected] = [await stateAfter(program, options, batches), await stateAfter(plain, options, batches)];
  return relativeL2(state, expected, Object.keys(weights));
}

describe('a transformed training step', function () {
  this.timeout(30_000); // compiles graphs of several chunks

  const clip = clipParts(config, size);
  const cnn = cnnProgram(smallCnn, size);
  const clipBatches = steps.map((t) => clipBatch(config, size, t));

  for (const chunks of [2, 4]) {
    it(`ends where the plain step ends when a contrastive batch goes through in ${chunks} chunks`, async () => {
      const far = await distance(gradCache(clip, chunks), plainStep(wholeLoss(clip)), clipWeights(config), clipBatches);
      assert.ok(far <= 2e-5, `relative L2 ${far.toExponential(1)}`);
    });

    it(`ends where the plain step ends when gradients accumulate over ${chunks} chunks`, async () => {
      const batches = steps.map((t) => cnnBatch(smallCnn, size, t));
      const far = await distance(accumulateGradients(cnn, chunks), plainStep(cnn), cnnWeights(smallCnn), batches);
      assert.ok(far <= 2e-5, `relative L2 ${far.toExponential(1)}`);
    });
  }

  it('gives the loss of the plain step', async () => {
    const lossOf = (program: StepProgram): Promise<number> =>
      withRunner(program, { engine: 'onnx', worker: false, init: valuesOf(clipWeights(config)) }, async (runner) => {
        const { loss } = await runner.step(clipBatches[0]!);
        return loss![0]!;
      });
    const expected = await lossOf(plainStep(wholeLoss(clip)));
    assert.ok(Math.abs((await lossOf(gradCache(clip, 4))) - expected) < 1e-5);
  });

  it('is another one when a contrastive loss is accumulated: every chunk then sees its own negatives alone', async () => {
    const accumulated = accumulateGradients(wholeLoss(clip), 2);
    const far = await distance(accumulated, plainStep(wholeLoss(clip)), clipWeights(config), clipBatches);
    assert.ok(far > 1e-3);
  });

  it('refuses chunks that are not equal', async () => {
    await assert.rejects(stateAfter(gradCache(clip, 3), { engine: 'onnx', worker: false }, []), {
      code: 'badArgument',
      message: /8 examples of 'image' do not fall into 3 equal chunks/,
    });
  });
});
