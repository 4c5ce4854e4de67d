import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '#client/engine/shapes';
import { caseProgram, floats, largestDifference } from '../../../../support/engine/kernel-case.ts';
import type { KernelCase } from '../../../../support/engine/kernel-case.ts';
import { withRunner } from '../../../../support/engine/run.ts';
import { uniform } from '../../../../support/engine/training.ts';

/** As `test/support/engine/golden.py` wrote them with PyTorch. */
interface Golden {
  readonly name: string;
  readonly shapes: readonly number[][];
  readonly kind: 'conv' | 'depthwise' | 'max' | 'average';
  readonly stride: number;
  readonly pad: 'same' | 'valid';
  readonly size?: number;
  readonly y: readonly number[];
  readonly gradients: readonly number[][];
}

const file = new URL('../../../../support/engine/golden.json', import.meta.url);
const goldens = JSON.parse(readFileSync(file, 'utf8')) as readonly Golden[];

function runOf({ kind, shapes, stride, pad, size = 0 }: Golden): KernelCase['run'] {
  const flat = shapes[0]!.length === 4;
  switch (kind) {
    case 'conv':
      return (x, w) =>
        flat
          ? tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad)
          : tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, stride, pad);
    case 'depthwise':
      return (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad);
    case 'max':
      return (x) =>
        flat ? tf.maxPool(x as tf.Tensor4D, size, stride, pad) : tf.maxPool3d(x as tf.Tensor5D, size, stride, pad);
    case 'average':
      return (x) =>
        flat ? tf.avgPool(x as tf.Tensor4D, size, stride, pad) : tf.avgPool3d(x as tf.Tensor5D, size, stride, pad);
  }
}

describe('compiled convolution and pooling', () => {
  for (const golden of goldens) {
    it(`give PyTorch's values and gradients for ${golden.name}`, async () => {
      const inputs = golden.shapes.map((shape) => floats(shape));
      const program = caseProgram({ name: golden.name, inputs, run: runOf(golden), tolerance: 0 });
      const values = golden.shapes.map((shape, i) => {
        const draw = uniform(5 + i);
        return [`x${i}`, Float32Array.from({ length: sizeOf(shape) }, () => 2 * draw())] as const;
      });
      const made = await withRunner(program, { engine: 'onnx', worker: false }, (runner) =>
        runner.step(Object.fromEntries(values)),
      );
      const gradients = golden.gradients.map((gradient, i) => [`g${i}`, Float32Array.from(gradient)] as const);
      const expected = { y0: Float32Array.from(golden.y), ...Object.fromEntries(gradients) };
      const difference = largestDifference(made, expected);
      assert.ok(difference <= 1e-5, `largest difference ${difference.toExponential(1)}`);
    });
  }
});
