/** Convolutions wide enough for the blocked layout, and poolings with equals in a window. @module */
import * as tf from '@tensorflow/tfjs';
import { floats, whole } from './kernel-case.ts';
import type { CaseInput, KernelCase } from './kernel-case.ts';

type Pad = 'same' | 'valid' | number;

const conv2d =
  (stride: number, pad: Pad, dilation = 1): KernelCase['run'] =>
  (x, w) => {
    const rounding = typeof pad === 'number' ? 'floor' : undefined;
    return tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad, 'NHWC', dilation, rounding);
  };
const conv3d =
  (stride: number | [number, number, number], pad: 'same' | 'valid'): KernelCase['run'] =>
  (x, w) =>
    tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, stride, pad);
const convolution = (name: string, x: number[], w: number[], run: KernelCase['run']): KernelCase => ({
  name,
  inputs: [floats(x), floats(w)],
  run,
  tolerance: 1e-4, // sums of up to 900 products
});

export const convolutionCases: readonly KernelCase[] = [
  convolution('one block in, one out', [2, 5, 6, 16], [3, 3, 16, 16], conv2d(1, 'same')),
  convolution('two blocks in, part of a block out', [2, 5, 6, 32], [3, 3, 32, 5], conv2d(1, 'same')),
  convolution('channels that do not fill their blocks', [2, 5, 6, 20], [3, 3, 20, 18], conv2d(1, 'valid')),
  convolution('stride 2 on even extents', [2, 8, 6, 16], [3, 3, 16, 32], conv2d(2, 'same')),
  convolution('stride 2 on odd extents', [2, 7, 9, 16], [3, 3, 16, 16], conv2d(2, 'same')),
  convolution('stride 3 with more padding than the kernel sees', [1, 9, 9, 16], [2, 2, 16, 16], conv2d(3, 2)),
  convolution(
    'a kernel of two, stride 2, and places that it leaves out',
    [1, 7, 7, 4],
    [2, 2, 4, 16],
    conv2d(2, 'valid'),
  ),
  convolution('rows of a block', [2, 5, 16, 20], [3, 3, 20, 16], conv2d(1, 'same')),
  convolution('rows of two blocks, two blocks out', [1, 3, 34, 5], [2, 3, 5, 32], conv2d(1, 'valid')),
  convolution(
    'three channels in, rows of two blocks, two blocks out',
    [2, 3, 34, 3],
    [2, 3, 3, 32],
    conv2d(1, 'valid'),
  ),
  convolution('volumes, one channel in, rows of a block', [2, 3, 4, 16, 1], [3, 2, 3, 1, 16], conv3d(1, 'same')),
  convolution('volumes with rows of a block', [2, 3, 4, 16, 5], [3, 2, 3, 5, 16], conv3d(1, 'same')),
  { ...convolution('dilated', [1, 9, 8, 16], [3, 3, 16, 16], conv2d(1, 'same', 2)), differentiable: false },
  convolution('volumes, one channel in', [2, 4, 6, 5, 1], [3, 3, 3, 1, 16], conv3d(1, 'same')),
  convolution('volumes, one block in, two out, stride 2', [2, 6, 4, 4, 16], [3, 3, 3, 16, 32], conv3d(2, 'same')),
  convolution('volumes, unequal strides', [1, 5, 6, 4, 16], [3, 2, 3, 16, 16], conv3d([1, 2, 2], 'same')),
  convolution('volumes, one tap, stride 2', [2, 4, 6, 4, 16], [1, 1, 1, 16, 32], conv3d(2, 'valid')),
];

const equals = (shape: number[]): CaseInput => ({ ...whole(shape, 0, 3), dtype: 'float32' });

export const poolingCases: readonly KernelCase[] = [
  {
    name: 'images',
    inputs: [floats([2, 6, 8, 5])],
    run: (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'),
    tolerance: 0,
  },
  {
    name: 'volumes',
    inputs: [floats([2, 6, 8, 4, 5])],
    run: (x) => tf.maxPool3d(x as tf.Tensor5D, 2, 2, 'valid'),
    tolerance: 0,
  },
  {
    name: 'images with equals in a window',
    inputs: [equals([2, 6, 8, 3])],
    run: (x) => tf.maxPool(tf.floor(x) as tf.Tensor4D, 2, 2, 'valid'),
    tolerance: 0,
  },
  {
    name: 'volumes with equals in a window',
    inputs: [equals([2, 4, 6, 4, 3])],
    run: (x) => tf.maxPool3d(tf.floor(x) as tf.Tensor5D, 2, 2, 'valid'),
    tolerance: 0,
  },
];
