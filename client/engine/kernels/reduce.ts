/** Sums, means, extremes and what is built from them along an axis. @module */
import type * as tf from '@tensorflow/tfjs';
import { onnxType } from '../onnx/protobuf.ts';
import { axesOf, axisOf } from '../shapes.ts';
import type { TensorSpec } from '../types.ts';
import { optional, row } from './row.ts';
import type { KernelRow } from './row.ts';

type X = 'x';

/** Max names its axes otherwise than all the others. */
interface ReduceAttrs {
  readonly axis?: number | number[] | null;
  readonly reductionIndices?: number | number[] | null;
  readonly keepDims?: boolean;
}

const same = ({ x }: Record<X, TensorSpec>): TensorSpec => ({ shape: x.shape, dtype: x.dtype });
const reducedAxes = ({ axis, reductionIndices }: ReduceAttrs, rank: number): number[] =>
  axesOf(axis ?? reductionIndices, rank);

function reduced(shape: readonly number[], axes: readonly number[], keepDims: boolean): number[] {
  if (keepDims) return shape.map((extent, i) => (axes.includes(i) ? 1 : extent));
  return shape.filter((_, i) => !axes.includes(i));
}

function reduction(op: string, outType: (x: TensorSpec) => TensorSpec['dtype'] = ({ dtype }) => dtype): KernelRow {
  return row<X, ReduceAttrs>(
    (inputs, attrs) => ({
      shape: reduced(inputs.x.shape, reducedAxes(attrs, inputs.x.shape.length), attrs.keepDims === true),
      dtype: outType(inputs.x),
    }),
    (e, { inputs: { x: given }, attrs, out }) => {
      const x = e.cast(given, out.dtype);
      const axes = reducedAxes(attrs, x.shape.length);
      if (axes.every((i) => x.shape[i] === 1)) return e.reshape(x, out.shape);
      const whole = e.term(e.full(x), x.shape, x.dtype);
      const name = e.op(op, [e.lazy(whole), e.ints(axes)], { keepdims: attrs.keepDims === true ? 1 : 0 });
      const result = e.term(name, out.shape, out.dtype);
      const byRow = attrs.keepDims === true && !axes.includes(0);
      return byRow ? e.rowwise(result, [whole, e.fill(0)]) : result; // the axes are the same for all rows
    },
  );
}

/** All, Any: ONNX reduces numbers. */
function logical(op: string): KernelRow {
  return row<X, ReduceAttrs>(
    ({ x }, attrs) => ({
      shape: reduced(x.shape, reducedAxes(attrs, x.shape.length), attrs.keepDims === true),
      dtype: 'bool',
    }),
    (e, { inputs: { x }, attrs, out }) => {
      const axes = e.ints(reducedAxes(attrs, x.shape.length));
      const name = e.op(op, [e.full(e.cast(x, 'int32')), axes], { keepdims: attrs.keepDims === true ? 1 : 0 });
      return e.cast(e.term(name, out.shape, 'int32'), 'bool');
    },
  );
}

/** ArgMax, ArgMin along one axis, as int32. */
function argument(op: string): KernelRow {
  const axisIn = (axis: number | number[], rank: number): number => axesOf(axis, rank)[0]!;
  return row<X, tf.ArgMaxAttrs>(
    ({ x }, { axis }) => ({ shape: reduced(x.shape, [axisIn(axis, x.shape.length)], false), dtype: 'int32' }),
    (e, { inputs: { x }, attrs: { axis }, out }) => {
      const long = e.op(op, [e.full(x)], { axis: axisIn(axis, x.shape.length), keepdims: 0 });
      return e.term(e.op('Cast', [long], { to: onnxType.int32 }), out.shape, 'int32');
    },
  );
}

export const reduceRows: Readonly<Record<string, KernelRow>> = {
  Sum: reduction('ReduceSum', ({ dtype }) => (dtype === 'bool' ? 'int32' : dtype)),
  Mean: reduction('ReduceMean', () => 'float32'),
  Max: reduction('ReduceMax'),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd', ({ dtype }) => (dtype === 'bool' ? 'int32' : dtype)),
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  Softmax: row<'logits', tf.SoftmaxAttrs>(
    ({ logits }) => ({ shape: logits.shape, dtype: 'float32' }),
    (e, { inputs: { logits }, attrs: { dim }, out }) =>
      e.term(e.op('Softmax', [e.full(logits)], { axis: axisOf(dim, out.shape.length) }), out.shape),
  ),
  Cumsum: row<X, tf.CumsumAttrs>(same, (e, { inputs: { x }, attrs: { axis, exclusive, reverse }, out }) => {
    const attrs = { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 };
    return e.term(e.op('CumSum', [e.full(x), e.number(axis, 'int32')], attrs), out.shape, out.dtype);
  }),
  /** The k largest along the last axis, the smaller index first among equals, and their indices. */
  TopK: {
    outputs: 'list',
    infer: ({ x }, { k }) => {
      const shape = [...x!.shape.slice(0, -1), k as number]; // TopKAttrs
      return [
        { shape, dtype: x!.dtype },
        { shape, dtype: 'int32' },
      ];
    },
    emit: (e, { inputs, attrs, outputs }) => {
      const { k } = attrs as { readonly k: number }; // TopKAttrs
      const [values, long] = e.ops('TopK', [e.full(inputs['x']!), e.ints([k])], 2, { axis: -1, largest: 1, sorted: 1 });
      const indices = e.op('Cast', [long!], { to: onnxType.int32 });
      return [e.term(values!, outputs[0]!.shape, outputs[0]!.dtype), e.term(indices, outputs[1]!.shape, 'int32')];
    },
  },
  /** ((x - mean) / sqrt(variance + eps)) * scale + offset. */
  FusedBatchNorm: row<'x' | 'mean' | 'variance' | 'offset' | 'scale', tf.FusedBatchNormAttrs>(
    same,
    (e, { inputs, attrs: { varianceEpsilon } }) => {
      const { x, mean, variance } = inputs;
      const scale = optional(inputs, 'scale');
      const offset = optional(inputs, 'offset');
      const std = e.map('Sqrt', [e.map('Add', [variance, e.fill(varianceEpsilon)])]);
      const factor = scale === undefined ? e.map('Reciprocal', [std]) : e.map('Div', [scale, std]);
      const y = e.map('Mul', [e.map('Sub', [x, mean]), factor]);
      return offset === undefined ? y : e.map('Add', [y, offset]);
    },
  ),
};
