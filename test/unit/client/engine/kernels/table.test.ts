import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { compile } from '#client/engine/compile';
import { kernelTable } from '#client/engine/kernels/table';
import { trace } from '#client/engine/trace/record';
import {
  caseProgram,
  caseValues,
  caseWeights,
  floats,
  largestDifference,
  runCase,
} from '../../../../support/engine/kernel-case.ts';
import type { KernelCase } from '../../../../support/engine/kernel-case.ts';
import { kernelCases, linearCases } from '../../../../support/engine/kernel-cases.ts';

describe('the kernel table', () => {
  for (const [file, cases] of Object.entries(kernelCases)) {
    describe(file, () => {
      for (const one of cases) {
        it(`gives the reference's values and gradients for ${one.name}`, async () => {
          const difference = largestDifference(await runCase(one, 'onnx'), await runCase(one, 'reference'));
          assert.ok(difference <= one.tolerance, `largest difference ${difference.toExponential(1)}`);
        });
      }
    });
  }

  for (const one of linearCases) {
    it(`gives as gradient of ${one.name} the transpose of its values`, async () => {
      const runner = await compile(caseProgram(one), { engine: 'onnx', worker: false });
      for (const seed of [1, 2, 3, 4, 5]) {
        const x0 = caseValues(one, seed)['x0']!;
        const { y0, g0 } = await runner.step({ x0 });
        const left = dot(y0!, caseWeights(y0!.length));
        assert.ok(Math.abs(left - dot(x0, g0!)) < 1e-4, `seed ${seed}: ${left} is not ${dot(x0, g0!)}`);
      }
      await runner.dispose();
    });
  }

  it('drops an axis of a strided slice', async () => {
    const cut: KernelCase = {
      name: 'stridedSlice',
      inputs: [floats([6, 4, 3])],
      run: (x) => tf.stridedSlice(x, [4, 1, 0], [0, 2, 3], [-2, 1, 1], 0, 0, 0, 0, 2), // x[4:0:-2, 1, 0:3]
      differentiable: false,
      tolerance: 0,
    };
    const x = caseValues(cut)['x0']!;
    assert.deepEqual((await runCase(cut, 'onnx'))['y0'], Float32Array.of(...x.slice(51, 54), ...x.slice(27, 30)));
  });

  it('has a case for every row', async () => {
    const seen = new Set<string>();
    for (const one of [...Object.values(kernelCases).flat(), ...linearCases]) {
      const { recording } = await trace(caseProgram(one));
      for (const { kernel } of recording.calls) seen.add(kernel);
    }
    const missing = Object.keys(kernelTable).filter((kernel) => !seen.has(kernel));
    assert.deepEqual(missing, []);
  });
});

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a, (value, i) => value * b[i]!).reduce((sum, product) => sum + product, 0);
}
