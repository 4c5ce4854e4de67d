/** Making, moving, cutting and joining. @module */
import * as tf from '@tensorflow/tfjs';
import { axisOf, range, sizeOf, withExtent } from '../shapes.ts';
import type { TensorSpec } from '../types.ts';
import { row, rows } from './row.ts';
import type { KernelRow } from './row.ts';

type X = 'x';

const same = ({ x }: Record<X, TensorSpec>): TensorSpec => ({ shape: x.shape, dtype: x.dtype });
const filled = (value: number): KernelRow => row<X, object>(same, (e, { out }) => e.fill(value, out.shape, out.dtype));
const listed = (inputs: Readonly<Record<string, TensorSpec>>): [TensorSpec, ...TensorSpec[]] =>
  Object.values(inputs) as [TensorSpec, ...TensorSpec[]]; // TensorFlow.js refuses an empty list

/** `shape` with one -1 replaced by what is left of `size`. */
function resolved(shape: readonly number[], size: number): number[] {
  return shape.map((extent) => (extent === -1 ? size / -sizeOf(shape) : extent));
}

function inserted(shape: readonly number[], axis: number, extent: number): number[] {
  const at = axis < 0 ? shape.length + 1 + axis : axis;
  return [...shape.slice(0, at), extent, ...shape.slice(at)];
}

/** The numbers from `start` on, by `step`. */
function progression({ shape, dtype }: TensorSpec, start: number, step: number): Float32Array | Int32Array {
  const values = range(sizeOf(shape)).map((i) => start + i * step);
  return dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
}

export const shapeRows: Readonly<Record<string, KernelRow>> = {
  Identity: row<X, object>(same, (_e, { inputs: { x } }) => x),
  ZerosLike: filled(0),
  OnesLike: filled(1),
  Fill: row<never, tf.FillAttrs>(
    (_inputs, { shape, dtype }) => ({ shape, dtype: (dtype as TensorSpec['dtype'] | undefined) ?? 'float32' }),
    (e, { attrs, out }) => e.fill(Number(attrs.value), out.shape, out.dtype),
  ),
  Range: row<never, tf.RangeAttrs>(
    (_inputs, { start, stop, step, dtype }) => ({ shape: [Math.max(0, Math.ceil((stop - start) / step))], dtype }),
    (e, { attrs: { start, step }, out }) => e.constant(progression(out, start, step), out),
  ),
  LinSpace: row<never, tf.LinSpaceAttrs>(
    (_inputs, { num }) => ({ shape: [num], dtype: 'float32' }),
    (e, { attrs: { start, stop, num }, out }) => e.constant(progression(out, start, (stop - start) / (num - 1)), out),
  ),
  Reshape: row<X, tf.ReshapeAttrs>(
    ({ x }, { shape }) => ({ shape: resolved(shape, sizeOf(x.shape)), dtype: x.dtype }),
    (e, { inputs: { x }, out }) => e.reshape(x, out.shape),
  ),
  ExpandDims: row<'input', tf.ExpandDimsAttrs>(
    ({ input }, { dim }) => ({ shape: inserted(input.shape, dim, 1), dtype: input.dtype }),
    (e, { inputs: { input }, out }) => e.reshape(input, out.shape),
  ),
  Transpose: row<X, tf.TransposeAttrs>(
    ({ x }, { perm }) => ({ shape: perm.map((axis) => x.shape[axis]!), dtype: x.dtype }),
    (e, { inputs: { x }, attrs: { perm }, out }) =>
      x.uniform === undefined ? e.term(e.transpose(e.full(x), perm), out.shape, x.dtype) : { ...x, shape: out.shape },
  ),
  Slice: row<X, tf.SliceAttrs>(
    ({ x }, { begin, size }) => ({ shape: sliced(x, begin, size)[1], dtype: x.dtype }),
    (e, { inputs: { x }, attrs: { begin, size }, out }) => {
      const axes = range(out.shape.length).filter((i) => out.shape[i] !== x.shape[i]);
      if (axes.length === 0) return x;
      const [start] = sliced(x, begin, size);
      const from = axes.map((i) => start[i]!);
      const to = axes.map((i) => start[i]! + out.shape[i]!);
      return e.term(e.op('Slice', [e.full(x), e.ints(from), e.ints(to), e.ints(axes)]), out.shape, out.dtype);
    },
  ),
  StridedSlice: row<X, tf.StridedSliceAttrs>(
    ({ x }, attrs) => ({ shape: strided(x, attrs).finalShape, dtype: x.dtype }),
    (e, { inputs: { x }, attrs, out }) => {
      const { begin, end, strides } = strided(x, attrs);
      const cuts = [begin, end, range(begin.length), strides].map((list) => e.ints(list));
      const kept = begin.map((from, i) => Math.ceil((end[i]! - from) / strides[i]!)); // dropped axes still there
      return e.reshape(e.term(e.op('Slice', [e.full(x), ...cuts]), kept, out.dtype), out.shape);
    },
  ),
  Reverse: row<X, tf.ReverseAttrs>(same, (e, { inputs: { x }, attrs: { dims }, out }) => {
    const axes = (typeof dims === 'number' ? [dims] : dims).map((axis) => axisOf(axis, x.shape.length));
    const all = (value: number): string => e.ints(axes.map(() => value));
    const cuts = [all(-1), all(Number.MIN_SAFE_INTEGER), e.ints(axes), all(-1)];
    return e.term(e.op('Slice', [e.full(x), ...cuts]), out.shape, out.dtype);
  }),
  PadV2: row<X, tf.PadV2Attrs>(
    ({ x }, { paddings }) => ({
      shape: x.shape.map((extent, i) => extent + paddings[i]![0] + paddings[i]![1]),
      dtype: x.dtype,
    }),
    (e, { inputs: { x }, attrs: { paddings, constantValue }, out }) => {
      const pads = e.ints([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
      return e.term(e.op('Pad', [e.full(x), pads, e.number(constantValue, x.dtype)]), out.shape, out.dtype);
    },
  ),
  Tile: row<X, tf.TileAttrs>(
    ({ x }, { reps }) => ({ shape: x.shape.map((extent, i) => extent * reps[i]!), dtype: x.dtype }),
    (e, { inputs: { x }, attrs: { reps }, out }) =>
      x.shape.every((extent, i) => extent === 1 || reps[i] === 1)
        ? e.spread(x, out.shape)
        : e.term(e.op('Tile', [e.full(x), e.ints(reps)]), out.shape, out.dtype),
  ),
  Concat: row<string, tf.ConcatAttrs>(
    (inputs, { axis }) => {
      const list = listed(inputs);
      const at = axisOf(axis, list[0].shape.length);
      const extent = list.reduce((sum, { shape }) => sum + shape[at]!, 0);
      return { shape: withExtent(list[0].shape, at, extent), dtype: list[0].dtype };
    },
    (e, { inputs, attrs: { axis }, out }) => {
      const names = Object.values(inputs).map((term) => e.full(term));
      return e.term(e.op('Concat', names, { axis: axisOf(axis, out.shape.length) }), out.shape, out.dtype);
    },
  ),
  Pack: row<string, tf.PackAttrs>(
    (inputs, { axis }) => {
      const list = listed(inputs);
      return { shape: inserted(list[0].shape, axis, list.length), dtype: list[0].dtype };
    },
    (e, { inputs, attrs: { axis }, out }) => {
      const at = axisOf(axis, out.shape.length);
      const names = Object.values(inputs).map((term) => e.full(e.reshape(term, withExtent(out.shape, at, 1))));
      return e.term(e.op('Concat', names, { axis: at }), out.shape, out.dtype);
    },
  ),
  Unpack: rows<'value', tf.UnpackAttrs>(
    ({ value: { shape, dtype } }, { axis }) => {
      const at = axisOf(axis, shape.length);
      return range(shape[at]!).map(() => ({ shape: shape.filter((_, i) => i !== at), dtype }));
    },
    (e, { inputs: { value }, attrs: { axis }, outputs }) => {
      const at = axisOf(axis, value.shape.length);
      const parts = e.ops('Split', [e.full(value)], outputs.length, { axis: at, num_outputs: outputs.length });
      return parts.map((name, i) =>
        e.reshape(e.term(name, withExtent(value.shape, at, 1), value.dtype), outputs[i]!.shape),
      );
    },
  ),
  SplitV: rows<X, tf.SplitVAttrs>(
    ({ x }, { numOrSizeSplits, axis }) => {
      const at = axisOf(axis, x.shape.length);
      return splitSizes(numOrSizeSplits, x.shape[at]!).map((extent) => ({
        shape: withExtent(x.shape, at, extent),
        dtype: x.dtype,
      }));
    },
    (e, { inputs: { x }, attrs: { axis }, outputs }) => {
      const at = axisOf(axis, x.shape.length);
      const sizes = e.ints(outputs.map(({ shape }) => shape[at]!));
      const parts = e.ops('Split', [e.full(x), sizes], outputs.length, { axis: at });
      return parts.map((name, i) => e.term(name, outputs[i]!.shape, x.dtype));
    },
  ),
};

/** One size may be -1: the rest. */
function splitSizes(split: number | readonly number[], extent: number): number[] {
  if (typeof split === 'number') return range(split).map(() => extent / split);
  const known = split.reduce((sum, size) => sum + Math.max(size, 0), 0);
  return split.map((size) => (size < 0 ? extent - known : size));
}

/** Begin and size, both given for every axis. */
function sliced(x: TensorSpec, begin: number | number[], size: number | number[]): [begin: number[], size: number[]] {
  const [from, extents] = tf.slice_util.parseSliceParams(symbol(x), begin, size);
  return [from!, extents!]; // it returns the two
}

function strided(x: TensorSpec, a: tf.StridedSliceAttrs): ReturnType<typeof tf.slice_util.sliceInfo> {
  const masks = [a.beginMask, a.endMask, a.ellipsisMask, a.newAxisMask, a.shrinkAxisMask] as const;
  return tf.slice_util.sliceInfo([...x.shape], a.begin, a.end, a.strides, ...masks);
}

/** TensorFlow.js reads nothing but the shape. */
function symbol({ shape, dtype }: TensorSpec): tf.TensorInfo {
  return { dataId: {}, shape: [...shape], dtype };
}
