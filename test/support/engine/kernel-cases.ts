/** Cases for every row of the kernel table. @module */
import * as tf from '@tensorflow/tfjs';
import { biasGelu } from '#client/engine/nn/gelu';
import { layerNorm, standardise } from '#client/engine/nn/layer-norm';
import { flags, floats, whole } from './kernel-case.ts';
import type { CaseInput, KernelCase } from './kernel-case.ts';

type Run = KernelCase['run'];

const tolerance = 2e-5;
const smooth = (name: string, inputs: readonly CaseInput[], run: Run): KernelCase => ({ name, inputs, run, tolerance });
const valueOnly = (name: string, inputs: readonly CaseInput[], run: Run): KernelCase => ({
  ...smooth(name, inputs, run),
  differentiable: false,
});

const x = floats([4, 6]);
const pair = [floats([4, 6]), floats([6], 0.5, 1.5)] as const;
const ints = [whole([3, 5], -9, 9), whole([5], 1, 5)] as const;

const unary: readonly KernelCase[] = (
  [
    ['abs', tf.abs],
    ['acos', tf.acos],
    ['acosh', (a: tf.Tensor) => tf.acosh(tf.add(a, 3))],
    ['asin', tf.asin],
    ['asinh', tf.asinh],
    ['atan', tf.atan],
    ['atanh', (a: tf.Tensor) => tf.atanh(tf.mul(a, 0.9))],
    ['ceil', (a: tf.Tensor) => tf.ceil(tf.mul(a, 3))],
    ['cos', tf.cos],
    ['cosh', tf.cosh],
    ['elu', tf.elu],
    ['erf', tf.erf],
    ['exp', tf.exp],
    ['expm1', tf.expm1],
    ['floor', (a: tf.Tensor) => tf.floor(tf.mul(a, 3))],
    ['log', (a: tf.Tensor) => tf.log(tf.add(a, 1.5))],
    ['log1p', (a: tf.Tensor) => tf.log1p(tf.abs(a))],
    ['neg', tf.neg],
    ['reciprocal', (a: tf.Tensor) => tf.reciprocal(tf.add(a, 2))],
    ['relu', tf.relu],
    ['relu6', (a: tf.Tensor) => tf.relu6(tf.mul(a, 10))],
    ['round', (a: tf.Tensor) => tf.round(tf.mul(a, 3))],
    ['rsqrt', (a: tf.Tensor) => tf.rsqrt(tf.add(a, 1.5))],
    ['selu', tf.selu],
    ['sigmoid', tf.sigmoid],
    ['sign', tf.sign],
    ['sin', tf.sin],
    ['sinh', tf.sinh],
    ['softplus', tf.softplus],
    ['sqrt', (a: tf.Tensor) => tf.sqrt(tf.add(a, 1.5))],
    ['square', tf.square],
    ['step', (a: tf.Tensor) => tf.step(a)],
    ['step with a slope', (a: tf.Tensor) => tf.step(a, 0.3)],
    ['tan', tf.tan],
    ['tanh', tf.tanh],
    ['leakyRelu', (a: tf.Tensor) => tf.leakyRelu(a, 0.1)],
    ['clipByValue', (a: tf.Tensor) => tf.clipByValue(a, -0.5, 0.5)],
    ['identity', tf.clone],
    ['zerosLike', tf.zerosLike],
    ['onesLike', tf.onesLike],
  ] as const
).map(([name, run]) => smooth(name, [x], run));

const binary: readonly KernelCase[] = [
  smooth('add', pair, tf.add),
  smooth('sub', pair, tf.sub),
  smooth('biasGelu', pair, biasGelu),
  smooth('mul', pair, tf.mul),
  smooth('div', pair, tf.div),
  smooth('add, multiply and divide by a fixed number', [x], (a) => tf.div(tf.mul(tf.add(a, 0.25), 3), 7)),
  smooth('operations that change nothing', [x], (a) => tf.div(tf.mul(tf.sub(tf.add(a, 0), 0), 1), 1)),
  smooth('maximum', [x, x], tf.maximum),
  smooth('minimum', [x, x], tf.minimum),
  valueOnly('maximum and minimum of unequal ranks', pair, (a, b) => [tf.maximum(a, b), tf.minimum(a, b)]),
  smooth('pow', [floats([4, 6], 0.1, 2), floats([6], 0.5, 3)], tf.pow),
  smooth('squaredDifference', [x, x], tf.squaredDifference),
  smooth('prelu', [x, floats([6], 0.1, 0.4)], tf.prelu),
  smooth('addN', [x, x, x], (a, b, c) => tf.addN([a, b, c])),
  smooth('mod of both signs', [floats([4, 6], -5, 5), floats([6], 1, 2)], tf.mod),
  valueOnly('mod of whole numbers', ints, tf.mod),
  valueOnly('floorDiv', [floats([4, 6], -5, 5), floats([6], 1, 2)], tf.floorDiv),
  valueOnly('floorDiv of whole numbers of both signs', ints, tf.floorDiv),
  valueOnly('arithmetic of whole numbers', ints, (a, b) => tf.sub(tf.mul(tf.add(a, b), b), tf.maximum(a, b))),
  smooth('where', [flags([4, 6]), x, x], tf.where),
  valueOnly('comparisons', ints, (a, b) => [
    tf.greater(a, b),
    tf.greaterEqual(a, b),
    tf.less(a, b),
    tf.lessEqual(a, b),
    tf.equal(a, b),
    tf.notEqual(a, b),
  ]),
  valueOnly('logic', [flags([3, 5]), flags([5])], (a, b) => [
    tf.logicalAnd(a, b),
    tf.logicalOr(a, b),
    tf.logicalNot(a),
    tf.logicalXor(a, b),
    tf.all(a, 1),
    tf.any(a, 0, true),
  ]),
  valueOnly('isNaN and isInf', [x], (a) => [tf.isNaN(tf.log(a)), tf.isInf(tf.div(a, tf.sub(a, a)))]),
  valueOnly('casts', [floats([4, 6], -3, 3)], (a) => [
    tf.cast(a, 'int32'),
    tf.cast(tf.round(a), 'bool'),
    tf.cast(tf.cast(a, 'int32'), 'float32'),
  ]),
];

const shape: readonly KernelCase[] = [
  smooth('reshape with a free extent', [x], (a) => tf.reshape(a, [3, -1])),
  smooth('expandDims', [x], (a) => tf.expandDims(a, -1)),
  smooth('transpose', [floats([2, 3, 4])], (a) => tf.transpose(a, [2, 0, 1])),
  smooth('transpose of a transpose', [floats([2, 3, 4])], (a) => tf.transpose(tf.transpose(a, [2, 0, 1]), [1, 0, 2])),
  smooth('transposes that cancel', [floats([2, 3, 4])], (a) => tf.transpose(tf.transpose(a, [2, 0, 1]), [1, 2, 0])),
  smooth('slice', [floats([4, 7, 3])], (a) => tf.slice(a, [1, 2, 0], [2, 3, -1])),
  smooth('slice by the first axis alone', [floats([4, 7])], (a) => tf.slice(a, 1, 2)),
  valueOnly('stridedSlice', [floats([6, 4])], (a) => tf.stridedSlice(a, [1, 0], [5, 4], [2, 1])),
  valueOnly('stridedSlice backwards', [floats([6, 4, 3])], (a) => tf.stridedSlice(a, [4, 1, 0], [0, 3, 3], [-2, 1, 2])),
  smooth('reverse', [floats([3, 4, 2])], (a) => tf.reverse(a, [0, -1])),
  smooth('pad', [x], (a) => tf.pad(a, [[1, 2], [0, 3]], 0.5)), // prettier-ignore
  smooth('tile', [floats([2, 3])], (a) => tf.tile(a, [2, 3])),
  smooth('tile of an axis of one', [floats([4, 1, 2])], (a) => tf.tile(a, [1, 3, 1])),
  smooth('broadcastTo', [floats([1, 6])], (a) => tf.broadcastTo(a, [4, 6])),
  smooth('concat', [floats([4, 2]), floats([4, 3])], (a, b) => tf.concat([a, b], -1)),
  smooth('stack', [floats([4, 2]), floats([4, 2])], (a, b) => tf.stack([a, b], 1)),
  smooth('unstack', [floats([4, 3, 2])], (a) => tf.unstack(a, 1)),
  smooth('split evenly', [x], (a) => tf.split(a, 3, 1)),
  smooth('split by sizes', [x], (a) => tf.split(a, [1, 3, -1], -1)),
  valueOnly('range, linspace, fill, eye', [x], (a) => [
    tf.add(a, tf.range(0, 6, 1)),
    tf.add(a, tf.linspace(0, 1, 6)),
    tf.add(a, tf.fill([4, 1], 3)),
    tf.matMul(a, tf.eye(6)),
    tf.range(1, 9, 3, 'int32'),
  ]),
];

const reduce: readonly KernelCase[] = [
  smooth('sum', [floats([4, 7, 2])], (a) => tf.sum(a, [0, 2])),
  smooth('sum of everything', [x], (a) => tf.sum(a)),
  smooth('sum over an axis of one', [floats([4, 1, 2])], (a) => tf.sum(a, 1)),
  valueOnly('sum of flags', [flags([4, 6])], (a) => tf.sum(a, 1)),
  smooth('mean', [floats([4, 7, 2])], (a) => tf.mean(a, [0, 2], true)),
  valueOnly('mean of whole numbers', [whole([4, 6], 0, 9)], (a) => tf.mean(a, 1)),
  smooth('max', [floats([4, 7])], (a) => tf.max(a, 1)),
  smooth('min', [floats([4, 7])], (a) => tf.min(a, -1, true)),
  valueOnly('prod', [floats([3, 4], 0.5, 1.5)], (a) => tf.prod(a, 1)),
  valueOnly('argMax and argMin', [x], (a) => [tf.argMax(a, 1), tf.argMin(a, 0)]),
  valueOnly('topk', [floats([3, 9])], (a) => {
    const { values, indices } = tf.topk(a, 4);
    return [values, indices];
  }),
  smooth('cumsum', [x], (a) => tf.cumsum(a, 1)),
  smooth('cumsum, exclusive, backwards', [x], (a) => tf.cumsum(a, 1, true, true)),
  smooth('softmax', [x], (a) => tf.softmax(a)),
  smooth('logSoftmax', [x], (a) => tf.logSoftmax(a)),
  smooth('norm', [x], (a) => tf.norm(a, 'euclidean', 1)),
  smooth(
    'batchNorm',
    [x, floats([6]), floats([6], 0.2, 1), floats([6]), floats([6])],
    (a, mean, variance, offset, scale) => tf.batchNorm(a, mean, variance, offset, scale, 1e-3),
  ),
  valueOnly('batchNorm without scale and offset', [x, floats([6]), floats([6], 0.2, 1)], (a, mean, variance) =>
    tf.batchNorm(a, mean, variance),
  ),
  smooth('layerNorm', [floats([5, 8]), floats([8], 0.5, 1.5), floats([8])], (a, scale, offset) =>
    layerNorm(a, scale, offset),
  ),
  smooth('standardise', [floats([2, 3, 8])], (a) => standardise(a)),
  smooth('layerNorm of three axes', [floats([2, 3, 8]), floats([8], 0.5, 1.5), floats([8])], (a, scale, offset) =>
    layerNorm(a, scale, offset),
  ),
];

const matmul: readonly KernelCase[] = [
  smooth('matMul', [floats([4, 5]), floats([5, 6])], (a, b) => tf.matMul(a, b)),
  smooth('matMul, both transposed', [floats([5, 4]), floats([6, 5])], (a, b) => tf.matMul(a, b, true, true)),
  smooth('matMul of batches', [floats([2, 3, 4, 5]), floats([2, 3, 5, 6])], (a, b) => tf.matMul(a, b)),
  smooth('matMul of batches, the first transposed', [floats([3, 5, 4]), floats([3, 5, 6])], (a, b) =>
    tf.matMul(a, b, true),
  ),
  smooth('matMul of batches, the second transposed', [floats([3, 4, 5]), floats([3, 6, 5])], (a, b) =>
    tf.matMul(a, b, false, true),
  ),
  valueOnly('matMul with a broadcast batch', [floats([3, 4, 5]), floats([1, 5, 6])], (a, b) => tf.matMul(a, b)),
  ...(['relu', 'sigmoid', 'elu', 'relu6', 'linear'] as const).map((activation) => {
    const run: Run = (a, b, bias) => tf.fused.matMul({ a: a, b: b, bias: bias, activation, transposeB: false });
    const inputs = [floats([4, 5]), floats([5, 6]), floats([6])];
    // TensorFlow.js has the gradient of these three alone
    return {
      ...smooth(`fused matMul with ${activation}`, inputs, run),
      differentiable: !['sigmoid', 'elu'].includes(activation),
    };
  }),
  valueOnly('fused matMul with leakyrelu and no bias', [floats([4, 5]), floats([5, 6])], (a, b) =>
    tf.fused.matMul({ a: a, b: b, activation: 'leakyrelu', leakyreluAlpha: 0.3 }),
  ),
  valueOnly('einsum', [floats([2, 3, 4]), floats([4, 5])], (a, b) => tf.einsum('ijk,kl->ijl', a, b)),
  valueOnly('einsum that sums a shared axis away', [floats([2, 3, 4]), floats([2, 5, 4])], (a, b) =>
    tf.einsum('bik, bjk -> bij', a, b),
  ),
];

const gather: readonly KernelCase[] = [
  smooth('gather with repeats', [floats([9, 4])], (a) => tf.gather(a, tf.tensor1d([1, 3, 3, 8], 'int32'))),
  smooth('gather of a table by an input', [floats([9, 4]), whole([2, 3], 0, 9)], (a, ids) => tf.gather(a, ids)),
  smooth('gather along another axis', [floats([3, 5])], (a) => tf.gather(a, tf.tensor1d([1, 4], 'int32'), 1)),
  smooth('gather within a batch', [floats([2, 5, 3]), whole([2, 4], 0, 5)], (a, ids) => tf.gather(a, ids, 1, 1)),
  valueOnly('gather within a batch along a later axis', [floats([2, 3, 5, 2]), whole([2, 4], 0, 5)], (a, ids) =>
    tf.gather(a, ids, 2, 1),
  ),
  valueOnly('unsortedSegmentSum', [floats([6, 3]), whole([6], 0, 4)], (a, ids) =>
    tf.unsortedSegmentSum(a, ids as tf.Tensor1D, 5),
  ),
  valueOnly('oneHot', [whole([4], 0, 6)], (ids) => [tf.oneHot(ids, 6), tf.oneHot(ids, 6, 2, -1, 'float32')]),
  smooth('oneHot of argMax', [x], (a) => tf.mul(a, tf.oneHot(tf.argMax(a, 1), 6, 1, 0, 'float32'))),
];

const conv2d = (stride: number, pad: 'same' | 'valid' | number, dilation = 1): Run =>
  (a, w) => tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, stride, pad, 'NHWC', dilation, typeof pad === 'number' ? 'floor' : undefined); // prettier-ignore
const conv3d =
  (stride: number, pad: 'same' | 'valid'): Run =>
  (a, w) =>
    tf.conv3d(a as tf.Tensor5D, w as tf.Tensor5D, stride, pad);
const depthwise =
  (stride: number, pad: 'same' | 'valid', dilation = 1): Run =>
  (a, w) =>
    tf.depthwiseConv2d(a as tf.Tensor4D, w as tf.Tensor4D, stride, pad, 'NHWC', dilation);

const convolution: readonly KernelCase[] = [
  smooth('conv2d, same', [floats([2, 7, 6, 3]), floats([3, 3, 3, 4])], conv2d(1, 'same')),
  smooth('conv2d, same, stride 2', [floats([2, 8, 7, 3]), floats([3, 3, 3, 4])], conv2d(2, 'same')),
  smooth('conv2d, valid, stride 2', [floats([2, 9, 8, 3]), floats([2, 3, 3, 4])], conv2d(2, 'valid')),
  smooth('conv2d, padded by one', [floats([2, 6, 6, 3]), floats([3, 3, 3, 2])], conv2d(1, 1)),
  smooth('conv2d, one tap', [floats([2, 5, 5, 3]), floats([1, 1, 3, 4])], conv2d(1, 'same')),
  valueOnly('conv2d, dilated', [floats([2, 9, 9, 3]), floats([3, 3, 3, 4])], conv2d(1, 'same', 2)),
  smooth('conv1d', [floats([2, 9, 3]), floats([3, 3, 4])], (a, w) => tf.conv1d(a as tf.Tensor3D, w as tf.Tensor3D, 1, 'same')), // prettier-ignore
  smooth('conv2dTranspose', [floats([2, 4, 4, 4]), floats([3, 3, 3, 4])], (a, w) =>
    tf.conv2dTranspose(a as tf.Tensor4D, w as tf.Tensor4D, [2, 8, 8, 3], 2, 'same'),
  ),
  smooth('fused conv2d', [floats([2, 6, 6, 3]), floats([3, 3, 3, 4]), floats([4])], (a, w, bias) =>
    tf.fused.conv2d({
      x: a as tf.Tensor4D,
      filter: w as tf.Tensor4D,
      strides: 1,
      pad: 'same',
      bias: bias,
      activation: 'relu',
    }),
  ),
  smooth('conv3d, same', [floats([2, 5, 6, 4, 3]), floats([3, 3, 3, 3, 4])], conv3d(1, 'same')),
  smooth('conv3d, same, stride 2', [floats([2, 6, 8, 4, 3]), floats([3, 3, 3, 3, 4])], conv3d(2, 'same')),
  smooth('conv3d, valid', [floats([2, 5, 6, 7, 3]), floats([2, 2, 2, 3, 4])], conv3d(1, 'valid')),
  smooth('conv3d, one tap, stride 2', [floats([2, 6, 4, 4, 3]), floats([1, 1, 1, 3, 4])], conv3d(2, 'valid')),
  smooth('depthwiseConv2d', [floats([2, 6, 6, 3]), floats([3, 3, 3, 1])], depthwise(1, 'same')),
  smooth('depthwiseConv2d, two filters, stride 2', [floats([2, 7, 6, 3]), floats([3, 3, 3, 2])], depthwise(2, 'same')),
  smooth('depthwiseConv2d, valid', [floats([2, 7, 6, 3]), floats([3, 2, 3, 2])], depthwise(1, 'valid')),
  valueOnly('depthwiseConv2d, dilated', [floats([2, 9, 9, 3]), floats([3, 3, 3, 2])], depthwise(1, 'same', 2)),
  smooth('fused depthwiseConv2d', [floats([2, 6, 6, 3]), floats([3, 3, 3, 2]), floats([6])], (a, w, bias) =>
    tf.fused.depthwiseConv2d({
      x: a as tf.Tensor4D,
      filter: w as tf.Tensor4D,
      strides: 1,
      pad: 'same',
      bias: bias,
      activation: 'relu',
    }),
  ),
];

const pooling: readonly KernelCase[] = [
  smooth('maxPool', [floats([2, 6, 6, 3])], (a) => tf.maxPool(a as tf.Tensor4D, 2, 2, 'valid')),
  smooth('maxPool, overlapping', [floats([2, 7, 7, 3])], (a) => tf.maxPool(a as tf.Tensor4D, 3, 2, 'same')),
  smooth('avgPool', [floats([2, 6, 6, 3])], (a) => tf.avgPool(a as tf.Tensor4D, 2, 2, 'valid')),
  valueOnly('avgPool, padded and overlapping', [floats([2, 7, 6, 3])], (a) =>
    tf.avgPool(a as tf.Tensor4D, 3, 2, 'same'),
  ),
  smooth('maxPool3d', [floats([2, 4, 6, 4, 3])], (a) => tf.maxPool3d(a as tf.Tensor5D, 2, 2, 'valid')),
  smooth('maxPool3d, overlapping', [floats([2, 5, 7, 5, 3])], (a) => tf.maxPool3d(a as tf.Tensor5D, 3, 2, 'same')),
  smooth('avgPool3d', [floats([2, 4, 4, 4, 3])], (a) => tf.avgPool3d(a as tf.Tensor5D, 2, 2, 'valid')),
  valueOnly('avgPool3d, padded', [floats([1, 5, 4, 3, 2])], (a) => tf.avgPool3d(a as tf.Tensor5D, 2, 2, 'same')),
];

type Image = tf.Tensor4D;

const resize: readonly KernelCase[] = [
  ...([false, true] as const).map((aligned) =>
    smooth(`resizeBilinear, corners ${aligned ? 'aligned' : 'free'}`, [floats([2, 5, 5, 2])], (a) =>
      tf.image.resizeBilinear(a as Image, [7, 3], aligned),
    ),
  ),
  ...([false, true] as const).map((aligned) =>
    valueOnly(`resizeNearestNeighbor, corners ${aligned ? 'aligned' : 'free'}`, [floats([2, 4, 5, 2])], (a) =>
      tf.image.resizeNearestNeighbor(a as Image, [8, 3], aligned),
    ),
  ),
  valueOnly('resizing, half pixel centers', [floats([2, 4, 5, 2])], (a) => [
    tf.image.resizeBilinear(a as Image, [7, 3], false, true),
    tf.image.resizeNearestNeighbor(a as Image, [7, 3], false, true),
  ]),
];

/**
 * Linear operations whose gradient the reference has not right: it divides padded average windows by their full size,
 * and mixes up height and width of an image.
 */
export const linearCases: readonly KernelCase[] = [
  smooth('avgPool, padded and overlapping', [floats([2, 7, 6, 3])], (a) => tf.avgPool(a as Image, 3, 2, 'same')),
  smooth('avgPool3d, padded', [floats([1, 5, 4, 3, 2])], (a) => tf.avgPool3d(a as tf.Tensor5D, 2, 2, 'same')),
  smooth('resizeBilinear', [floats([2, 4, 5, 2])], (a) => tf.image.resizeBilinear(a as Image, [7, 3])),
  smooth('resizeBilinear, half pixel centers', [floats([2, 4, 5, 2])], (a) =>
    tf.image.resizeBilinear(a as Image, [7, 3], false, true),
  ),
  smooth('resizeNearestNeighbor', [floats([2, 4, 5, 2])], (a) => tf.image.resizeNearestNeighbor(a as Image, [8, 3])),
  smooth('resizeNearestNeighbor, corners aligned', [floats([2, 4, 5, 2])], (a) =>
    tf.image.resizeNearestNeighbor(a as Image, [8, 10], true),
  ),
  smooth('gather within a batch', [floats([2, 5, 3])], (a) =>
    tf.gather(a, tf.tensor2d([1, 1, 4, 0, 3, 3], [2, 3], 'int32'), 1, 1),
  ),
];

/** By the file of the table that the rows stand in. */
export const kernelCases: Readonly<Record<string, readonly KernelCase[]>> = {
  elementwise: [...unary, ...binary],
  shape,
  reduce,
  matmul,
  gather,
  convolution,
  pooling,
  resize,
};
