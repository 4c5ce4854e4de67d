import assert from 'node:assert/strict';
import { stepGraph } from '#client/engine/onnx/graph';
import { blockSize } from '#client/engine/run/block-size';
import { openOnnx } from '#client/engine/run/onnx-machine';
import { trace } from '#client/engine/trace/record';
import type { HostValues } from '#client/engine/types';
import { convolutionCases } from '../../../../support/engine/convolution-cases.ts';
import { caseProgram, caseValues, largestDifference, runCase } from '../../../../support/engine/kernel-case.ts';
import type { KernelCase } from '../../../../support/engine/kernel-case.ts';

/** The case with convolutions written for blocks of so many floats. */
async function runBlocked(one: KernelCase, block: number): Promise<HostValues> {
  const program = caseProgram(one);
  const { recording } = await trace(program);
  const compiled = {
    state: program.state,
    inputs: program.inputs,
    step: stepGraph(recording, { block, cacheBytes: 0 }),
  };
  const machine = await openOnnx(compiled, {}, { engine: 'onnx', threads: 1 });
  const [outputs] = await machine.steps([caseValues(one)]);
  await machine.dispose();
  return outputs!;
}

describe('a convolution', () => {
  for (const one of convolutionCases) {
    it(`has the reference's values and gradients, blocked and as ONNX has it, with ${one.name}`, async () => {
      const expected = await runCase(one, 'reference');
      for (const block of [0, await blockSize()]) {
        const difference = largestDifference(await runBlocked(one, block), expected);
        assert.ok(difference <= one.tolerance, `blocks of ${block}: largest difference ${difference.toExponential(1)}`);
      }
    });
  }
});

describe('the width of a block', () => {
  it('is that of a vector register, or nothing', async () => {
    assert.ok([0, 4, 8, 16].includes(await blockSize()));
  });
});
